using System.Text.Json;
using Llkd.Cli.Tests.Support;

namespace Llkd.Cli.Tests.Comparison;

/// <summary>What is wrong is said before anything is trained; a cell that fails does not take the others with it.</summary>
public sealed class CompareFailureTests : IDisposable
{
    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("llkt", "there is no method `llkt`. Nearest: llkd")]
    [InlineData("llkd:momentun=0.5", "momentun")]
    [InlineData("llkd:momentum", "`momentum` in `llkd:momentum` is no option")]
    [InlineData("llkd:momentum=2", "momentum")]
    [InlineData("teacher:shots=1", "`teacher` has no option `shots`")]
    [InlineData("gold", "gold:labels=50")]
    [InlineData("lbl2transformervec:encoder=nowhere", "there is no such folder")]
    [InlineData(",", "names no method")]
    public void A_wrong_method_is_said_before_anything_is_done(string methods, string part)
    {
        _place.Llkd("compare", "task.yaml", "--methods", methods, "--output", "out").Says(2, part);
        Assert.False(Directory.Exists(_place["out"]));
    }

    [Theory]
    [InlineData("--study sensitivity", "needs --vary")]
    [InlineData("--study nonsense", "there is no study `nonsense`")]
    [InlineData("--vary training.epochs=1,2", "--vary goes with --study sensitivity")]
    [InlineData("--labels 10", "--labels goes with --study few-labels")]
    [InlineData("--study few-labels --labels ten", "gold:labels=ten")]
    [InlineData("--study sensitivity --vary training.epoch=1", "epochs")]
    [InlineData("--seeds 0", "--seeds 0")]
    [InlineData("--jobs -1", "--jobs")]
    public void A_wrong_option_is_said_before_anything_is_done(string options, string part)
    {
        _place.Llkd(["compare", "task.yaml", "--output", "out", .. options.Split(' ')]).Says(2, part);
        Assert.False(Directory.Exists(_place["out"]));
    }

    [Fact]
    public void Two_tasks_of_one_name_are_refused() =>
        _place.Llkd("compare", "task.yaml", "./task.yaml", "--output", "out").Says(2, "both have the name `small`");

    [Fact]
    public void A_folder_of_something_else_is_refused()
    {
        _place.Write("notes.txt", "mine");
        _place.Llkd("compare", "task.yaml", "--output", ".").Says(2, "holds something else");
    }

    [Fact]
    public void A_method_that_needs_a_validation_set_fails_alone()
    {
        _place.Write("task.yaml", File.ReadAllText(_place["task.yaml"])
            .Replace("validation: validation.csv, ", "", StringComparison.Ordinal).Replace("shots: 4", "shots: 4, examples: validation.csv", StringComparison.Ordinal));
        Ended ended = _place.Llkd("compare", "task.yaml", "--methods", "no-ds,random,llkd", "--seeds", "1", "--output", "out");
        ended.Says(1, "random, seed 1: `share` of random is chosen on the validation set");
        JsonElement[] rows = Rows();
        Assert.Equal([JsonValueKind.Number, JsonValueKind.Null, JsonValueKind.Number], rows.Select(row => row.GetProperty("macroF1").ValueKind));
        Assert.Contains("validation set", rows[1].GetProperty("failure").GetString(), StringComparison.Ordinal);
        Assert.Contains("validation set", File.ReadAllText(_place["out/comparison.md"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_student_that_diverges_fails_alone()
    {
        Ended ended = _place.Llkd(
            "compare", "task.yaml", "--study", "sensitivity", "--vary", "training.learningRate=0.01,10", "--methods", "no-ds", "--seeds", "1",
            "--set", "training.clip=0", "--set", "training.epochs=60", "--set", "training.weightDecay=10", "--output", "out");
        JsonElement[] rows = Rows();
        Assert.Equal(JsonValueKind.Number, rows[0].GetProperty("macroF1").ValueKind);
        ended.Says(1, "diverged");
        Assert.Equal(JsonValueKind.Null, rows[1].GetProperty("macroF1").ValueKind);
        Assert.Contains("diverged", rows[1].GetProperty("failure").GetString(), StringComparison.Ordinal);
    }

    private JsonElement[] Rows() => [.. JsonDocument.Parse(File.ReadAllText(_place["out/comparison.json"])).RootElement.EnumerateArray()];
}
