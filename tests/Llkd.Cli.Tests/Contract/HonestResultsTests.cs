using System.Text.Json.Nodes;
using Llkd.Cli.Tests.Support;

namespace Llkd.Cli.Tests.Contract;

/// <summary>What is shown together belongs together, and what went wrong is said.</summary>
public sealed class HonestResultsTests : IDisposable
{
    private readonly Workplace _place = new(training: "epochs: 3, batchSize: 16, baselines: [no-ds]");

    public void Dispose() => _place.Dispose();

    [Fact]
    public void A_student_is_not_measured_beside_another_teacher()
    {
        _place.Llkd("run", "task.yaml", "--output", "out").Succeeds();
        _place.Llkd("label", "task.yaml", "--output", "out", "--set", "teacher.shots=0").Succeeds();
        _place.Llkd("evaluate", "out").Says(2, "trained on other labels", "--restart");
    }

    [Fact]
    public void A_baseline_of_another_seed_is_left_out()
    {
        _place.Llkd("run", "task.yaml", "--output", "out").Succeeds();
        _place.Llkd("train", "task.yaml", "--output", "out", "--restart", "--set", "training.seed=2").Succeeds();
        Ended ended = _place.Llkd("evaluate", "out").Says(0, "baseline no-ds", "left out");
        Assert.DoesNotContain("No_DS", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_baseline_that_is_the_method_itself_is_trained_once()
    {
        Ended ended = _place.Llkd("run", "task.yaml", "--output", "out", "--set", "training.method=no-ds").Succeeds();
        Assert.Single(ended.Output.Split('\n'), line => line.StartsWith("No_DS", StringComparison.Ordinal));
    }

    [Fact]
    public void Labels_that_are_all_the_same_can_be_exported_but_not_trained_on()
    {
        _place.Write("labels.csv", "id,label\n" + string.Concat(Enumerable.Range(0, 240).Select(i => $"1-{i},bug\n")));
        _place.WriteTask("kind: recorded, labels: labels.csv");
        _place.Llkd("label", "task.yaml", "--output", "out", "--export", "exported.csv").Says(0, "45 of 45 test texts have no label");
        Assert.Equal(241, File.ReadLines(_place["exported.csv"]).Count());
        _place.Llkd("train", "task.yaml", "--output", "out").Says(2, "the same label, `bug`");
    }

    [Fact]
    public void What_a_recorded_teacher_does_not_know_is_not_asked_again()
    {
        _place.Write("labels.csv", "id,label\n" + string.Concat(Enumerable.Range(0, 200).Select(i => $"1-{i},{Workplace.Labels[i % 3]}\n")));
        _place.WriteTask("kind: recorded, labels: labels.csv");
        _place.Llkd("run", "task.yaml", "--output", "out").Says(0, "40 of 240 pool texts have no label", "no recorded label");
        long calls = Metrics()["teacherCalls"]!.GetValue<long>();
        _place.Llkd("run", "task.yaml", "--output", "out").Says(0, "285 answers were in the journal already");
        Assert.Equal(calls, Metrics()["teacherCalls"]!.GetValue<long>());
    }

    [Fact]
    public void Without_a_held_out_share_the_last_weights_are_kept()
    {
        _place.Write("task.yaml", File.ReadAllText(_place["task.yaml"]).Replace("validation: validation.csv, ", "", StringComparison.Ordinal));
        _place.Llkd("run", "task.yaml", "--output", "out", "--set", "training.holdout=0", "--set", "teacher.examples=validation.csv",
            "--set", "training.patience=1", "--set", "training.method=random").Succeeds();
        JsonNode samples = Metrics()["samples"]!;
        Assert.Equal((240, 3, 720), (samples["pool"]!.GetValue<int>(), samples["epochs"]!.GetValue<int>(), samples["offered"]!.GetValue<int>()));
    }

    [Fact]
    public void The_pool_is_what_an_epoch_offers()
    {
        _place.Write("task.yaml", File.ReadAllText(_place["task.yaml"]).Replace("validation: validation.csv, ", "", StringComparison.Ordinal));
        _place.Llkd("run", "task.yaml", "--output", "out", "--set", "teacher.examples=validation.csv").Succeeds();
        JsonNode samples = Metrics()["samples"]!;
        Assert.Equal(228, samples["pool"]!.GetValue<int>());
        Assert.Equal(3 * 228, samples["offered"]!.GetValue<int>());
    }

    [Fact]
    public void A_first_run_that_was_refused_does_not_keep_the_folder()
    {
        _place.Llkd("run", "task.yaml", "--output", "out", "--set", "labels=[billing,bug]").Says(2, "access");
        _place.Llkd("run", "task.yaml", "--output", "out").Succeeds();
    }

    [Theory]
    [InlineData("../elsewhere")]
    [InlineData("a/b")]
    [InlineData("..")]
    public void A_task_name_cannot_lead_out_of_the_runs_folder(string name) =>
        _place.Llkd("run", "task.yaml", "--set", $"name={name}").Says(2, "name", "folder");

    [Fact]
    public void Events_of_an_earlier_training_go_with_a_restart()
    {
        _place.Llkd("run", "task.yaml", "--output", "out").Succeeds();
        _place.Llkd("run", "task.yaml", "--output", "out", "--restart").Succeeds();
        Assert.Single(Directory.GetFiles(_place["out/events"]));
    }

    [Fact]
    public void A_method_that_selects_nearly_nothing_is_warned_of() =>
        _place.Llkd("run", "task.yaml", "--output", "out", "--set", "training.options.momentum=0.999", "--set", "training.baselines=[]")
            .Says(0, "samples were selected", "Lower training.options.momentum");

    private JsonNode Metrics() => JsonNode.Parse(File.ReadAllText(_place["out/metrics.json"]))!;
}
