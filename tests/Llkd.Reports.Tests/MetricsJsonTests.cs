using System.Text.Json;
using System.Text.Json.Nodes;
using Llkd.Runs;

namespace Llkd.Reports.Tests;

public sealed class MetricsJsonTests
{
    [Fact]
    public void The_file_holds_the_contract_s_fields_and_no_others()
    {
        var run = SampleRuns.All["two"];
        var json = Write(run);
        Assert.Equal(["method", "seed", "test", "teacher", "samples", "time", "teacherCalls", "tokens"], Names(json));
        Assert.Equal(["accuracy", "macroF1", "perClass", "ece", "count"], Names(json["test"]!));
        Assert.Equal(["label", "precision", "recall", "f1", "support"], Names(json["test"]!["perClass"]![0]!));
        Assert.Equal(["accuracy", "macroF1", "coverage", "ece"], Names(json["teacher"]!));
        Assert.Equal(["pool", "epochs", "offered", "seen", "share"], Names(json["samples"]!));
        Assert.Equal(["label", "train", "evaluate"], Names(json["time"]!));
        Assert.Equal(["prompt", "completion"], Names(json["tokens"]!));
    }

    [Fact]
    public void The_values_are_the_record_s()
    {
        var run = SampleRuns.All["six"];
        var json = Write(run);
        Assert.Equal("llkd", (string?)json["method"]);
        Assert.Equal(1, (int)json["seed"]!);
        Assert.Equal(run.Method.Test!.Accuracy, (double)json["test"]!["accuracy"]!);
        Assert.Equal(run.Method.Test.MacroF1, (double)json["test"]!["macroF1"]!);
        Assert.Equal(run.Method.Test.Ece, (double)json["test"]!["ece"]!);
        Assert.Equal(run.Method.Test.Count, (int)json["test"]!["count"]!);
        Assert.Equal(run.Method.Test.PerClass.Select(row => (row.Label, row.Precision, row.Recall, row.F1, row.Support)),
            json["test"]!["perClass"]!.AsArray().Select(row => ((string)row!["label"]!, (double)row["precision"]!, (double)row["recall"]!, (double)row["f1"]!, (int)row["support"]!)));
        Assert.Equal(run.TeacherTest!.Accuracy, (double)json["teacher"]!["accuracy"]!);
        Assert.Equal(run.TeacherTest.Coverage, (double)json["teacher"]!["coverage"]!);
        Assert.Equal((15_969, 6, run.Method.Offered, run.Method.Seen), ((int)json["samples"]!["pool"]!, (int)json["samples"]!["epochs"]!, (long)json["samples"]!["offered"]!, (long)json["samples"]!["seen"]!));
        Assert.Equal((double)run.Method.Seen / run.Method.Offered, (double)json["samples"]!["share"]!);
        Assert.Equal((812.4, run.Method.TrainSeconds, 0.41), ((double)json["time"]!["label"]!, (double)json["time"]!["train"]!, (double)json["time"]!["evaluate"]!));
        Assert.Equal((15_969, 9_482_113, 47_907), ((long)json["teacherCalls"]!, (long)json["tokens"]!["prompt"]!, (long)json["tokens"]!["completion"]!));
    }

    [Fact]
    public void Absent_parts_are_left_out()
    {
        var json = Write(SampleRuns.All["noGold"]);
        Assert.Equal(["method", "seed", "samples", "time", "teacherCalls", "tokens"], Names(json));
    }

    [Fact]
    public void Without_a_test_set_the_teacher_is_the_one_measured_on_the_pool()
    {
        var run = SampleRuns.All["noTest"];
        Assert.Equal(run.TeacherPool!.Accuracy, (double)Write(run)["teacher"]!["accuracy"]!);
    }

    [Fact]
    public void Nothing_offered_is_a_share_of_zero_and_no_number_is_null()
    {
        var run = SampleRuns.All["two"];
        run = run with { Method = run.Method with { Offered = 0, Seen = 0, TrainSeconds = double.NaN } };
        var json = Write(run);
        Assert.Equal(0, (double)json["samples"]!["share"]!);
        Assert.Equal(JsonValueKind.Null, json["time"]!["train"]?.GetValueKind() ?? JsonValueKind.Null);
    }

    private static List<string> Names(JsonNode node) => [.. node.AsObject().Select(field => field.Key)];

    private static JsonNode Write(RunRecord run)
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "metrics.json");
        MetricsJson.Write(run, path);
        return JsonNode.Parse(File.ReadAllBytes(path))!;
    }
}
