using System.Text.Json;
using Llkd.Cli.Tests.Support;

namespace Llkd.Cli.Tests.Contract;

/// <summary>What `run` leaves and prints; scripts of users and the checks of others rely on it.</summary>
public sealed class RunContractTests(FinishedRun finished) : IClassFixture<FinishedRun>
{
    private Workplace Place => finished.Place;

    [Fact]
    public void The_folder_holds_what_is_documented()
    {
        string[] names = [.. Directory.GetFileSystemEntries(Place["out"]).Select(path => Path.GetFileName(path))];
        foreach (string name in new[] { "task.resolved.yaml", "labels.db", "checkpoints", "model", "metrics.json", "report.html", "events" })
            Assert.Contains(name, names);
        Assert.DoesNotContain(names, name => name.EndsWith(".tmp", StringComparison.Ordinal) || name == "scratch");
    }

    [Fact]
    public void Metrics_have_exactly_the_documented_fields()
    {
        JsonElement metrics = Metrics("out/metrics.json");
        Assert.Equal(["method", "seed", "test", "teacher", "samples", "time", "teacherCalls", "tokens"], Names(metrics));
        Assert.Equal(["accuracy", "macroF1", "perClass", "ece", "count"], Names(metrics.GetProperty("test")));
        Assert.Equal(["accuracy", "macroF1", "coverage", "ece"], Names(metrics.GetProperty("teacher")));
        Assert.Equal(["pool", "epochs", "offered", "seen", "share"], Names(metrics.GetProperty("samples")));
        Assert.Equal(["label", "train", "evaluate"], Names(metrics.GetProperty("time")));
        Assert.Equal(["prompt", "completion"], Names(metrics.GetProperty("tokens")));
        Assert.Equal("llkd", metrics.GetProperty("method").GetString());
        Assert.Equal(1, metrics.GetProperty("seed").GetInt32());
        Assert.Equal(45, metrics.GetProperty("test").GetProperty("count").GetInt32());
        Assert.Equal(3, metrics.GetProperty("test").GetProperty("perClass").GetArrayLength());
        Assert.Equal(285, metrics.GetProperty("teacherCalls").GetInt64());
        JsonElement samples = metrics.GetProperty("samples");
        Assert.Equal((240, 15, 3600), (samples.GetProperty("pool").GetInt32(), samples.GetProperty("epochs").GetInt32(), samples.GetProperty("offered").GetInt32()));
        Assert.Equal(samples.GetProperty("seen").GetInt64() / 3600.0, samples.GetProperty("share").GetDouble(), 9);
    }

    [Fact]
    public void Baselines_have_metrics_of_their_own()
    {
        JsonElement metrics = Metrics("out/baselines/no-ds/metrics.json");
        Assert.Equal("no-ds", metrics.GetProperty("method").GetString());
        Assert.Equal(3600, metrics.GetProperty("samples").GetProperty("seen").GetInt32());
    }

    [Fact]
    public void Accuracy_in_the_metrics_is_that_of_the_predictions()
    {
        Place.Llkd("predict", "--model", "out", "--input", "test.csv", "--output", "checked.csv").Succeeds();
        string[][] rows = [.. File.ReadLines(Place["checked.csv"]).Skip(1).Select(line => line.Split(','))];
        double right = rows.Count(row => row[^3] == row[^2]) / (double)rows.Length;
        Assert.Equal(right, Metrics("out/metrics.json").GetProperty("test").GetProperty("accuracy").GetDouble(), 9);
    }

    [Fact]
    public void The_teachers_accuracy_on_the_pool_is_that_of_its_journalled_labels()
    {
        Dictionary<string, string> gold = File.ReadLines(Place["pool.csv"]).Skip(1)
            .Select(line => line.Split(',')).ToDictionary(row => row[0], row => row[^1]);
        // id, text, label, confidence and three probabilities; a text holds a comma.
        bool[] right = [.. Place.ExportedLabels().TrimEnd('\n').Split('\n').Skip(1).Select(line => line.Split(','))
            .Where(row => gold.ContainsKey(row[0])).Select(row => row[^5] == gold[row[0]])];
        Assert.Equal(240, right.Length);
        Assert.Contains(false, right);
        Assert.Equal(right.Count(fits => fits) / 240.0, Metrics("out/run.json").GetProperty("teacherPool").GetProperty("accuracy").GetDouble(), 9);
    }

    [Fact]
    public void Standard_output_has_the_table_and_the_report_only()
    {
        string[] lines = finished.Ended.Output.TrimEnd('\n').Split('\n');
        Assert.Equal(6, lines.Length);
        Assert.Matches(@"^\s+accuracy\s+macro F1\s+samples used\s+seconds$", lines[0]);
        Assert.StartsWith("teacher (prototype", lines[1], StringComparison.Ordinal);
        Assert.Matches(@"^No_DS .* 3,600 \(100%\)", lines[2]);
        Assert.StartsWith("LLKD", lines[3], StringComparison.Ordinal);
        Assert.Equal("Measured on 45 test texts.", lines[4]);
        Assert.Equal("Report: " + Place["out/report.html"], lines[5]);
    }

    [Fact]
    public void Progress_in_a_pipe_is_plain_lines_on_standard_error()
    {
        finished.Ended.Says(0, "labelling: 285 of 285 texts", "training no-ds: 225 of 225 steps", "training llkd: 225 of 225 steps");
        Assert.DoesNotContain('\r', finished.Ended.Error);
    }

    [Fact]
    public void The_resolved_task_gives_the_same_run_from_elsewhere()
    {
        Place.Llkd("run", "out/task.resolved.yaml", "--output", "copy").Succeeds();
        Assert.Equal(Place.Weights(), File.ReadAllBytes(Place["copy/model/model.safetensors"]));
    }

    [Fact]
    public void A_second_run_in_a_new_folder_gives_identical_weights_and_another_seed_others()
    {
        Place.Llkd("run", "task.yaml", "--output", "again", "--set", "training.baselines=[]").Succeeds();
        Assert.Equal(Place.Weights(), File.ReadAllBytes(Place["again/model/model.safetensors"]));
        Place.Llkd("run", "task.yaml", "--output", "seed2", "--set", "training.seed=2").Succeeds();
        Assert.NotEqual(Place.Weights(), File.ReadAllBytes(Place["seed2/model/model.safetensors"]));
        Assert.Equal(2, Metrics("seed2/metrics.json").GetProperty("seed").GetInt32());
    }

    [Fact]
    public void Evaluate_measures_the_same_again_and_report_writes_the_report_again()
    {
        string before = Metrics("out/metrics.json").GetProperty("test").GetRawText();
        File.Delete(Place["out/metrics.json"]);
        Ended evaluated = Place.Llkd("evaluate", "out").Succeeds();
        Assert.Contains("LLKD", evaluated.Output, StringComparison.Ordinal);
        Assert.Equal(before, Metrics("out/metrics.json").GetProperty("test").GetRawText());
        string report = File.ReadAllText(Place["out/report.html"]);
        File.Delete(Place["out/report.html"]);
        Assert.Equal("Report: " + Place["out/report.html"] + "\n", Place.Llkd("report", "out").Succeeds().Output);
        Assert.Equal(report, File.ReadAllText(Place["out/report.html"]));
    }

    [Fact]
    public void A_refused_run_leaves_the_folder_to_the_task_it_was_made_by()
    {
        string resolved = File.ReadAllText(Place["out/task.resolved.yaml"]);
        Place.Run("--set", "training.seed=9").Says(2, "training.seed");
        Assert.Equal(resolved, File.ReadAllText(Place["out/task.resolved.yaml"]));
    }

    [Fact]
    public void Without_output_the_folder_is_named_after_the_task()
    {
        Place.Llkd("label", "task.yaml").Succeeds();
        Assert.True(File.Exists(Place["runs/small/labels.db"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("run")]
    [InlineData("label")]
    [InlineData("train")]
    [InlineData("evaluate")]
    [InlineData("predict")]
    [InlineData("report")]
    public void Help_goes_to_standard_output_and_documents_every_option(string verb)
    {
        Ended help = Place.Llkd(verb.Length == 0 ? ["--help"] : [verb, "--help"]).Succeeds();
        Assert.Equal("", help.Error);
        Assert.Contains("Usage:", help.Output, StringComparison.Ordinal);
        foreach (string line in help.Output.Split('\n').Where(line => line.StartsWith("  -", StringComparison.Ordinal)))
            Assert.Matches(@"\S {2,}\S", line);
    }

    private JsonElement Metrics(string path) => JsonDocument.Parse(File.ReadAllBytes(Place[path])).RootElement;

    private static string[] Names(JsonElement element) => [.. element.EnumerateObject().Select(property => property.Name)];
}

/// <summary>A finished run with a baseline, made once for the tests of a class.</summary>
public sealed class FinishedRun : IDisposable
{
    public FinishedRun()
    {
        Place = new Workplace(training: "epochs: 15, batchSize: 16, learningRate: 0.05, baselines: [no-ds]");
        Ended = Place.Run().Succeeds();
    }

    internal Workplace Place { get; }
    internal Ended Ended { get; }

    public void Dispose() => Place.Dispose();
}
