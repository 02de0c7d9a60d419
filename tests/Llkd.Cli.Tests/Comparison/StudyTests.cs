using System.Text.Json;
using Llkd.Cli.Tests.Support;

namespace Llkd.Cli.Tests.Comparison;

/// <summary>The studies make the rows that they are about.</summary>
public sealed class StudyTests : IDisposable
{
    private readonly Workplace _place = new(training: "epochs: 2, batchSize: 16");

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Ablation_has_LLKD_without_either_condition_and_without_both_which_is_No_DS()
    {
        Study("ablation").Succeeds();
        Dictionary<string, JsonElement> rows = Rows().ToDictionary(row => row.GetProperty("method").GetString()!);
        Assert.Equal(["no-ds", "llkd", "llkd-w", "llkd-without-tc", "llkd-without-su", "llkd-without-tc-su"], rows.Keys);
        Assert.Equal(rows["no-ds"].GetProperty("macroF1").GetDouble(), rows["llkd-without-tc-su"].GetProperty("macroF1").GetDouble());
    }

    [Fact]
    public void Sensitivity_varies_one_key_at_a_time()
    {
        Study("sensitivity", "--vary", "training.batchSize=8,16", "--vary", "training.options.momentum=0.5,0.9,0", "--vary", "student.hidden=4,8").Succeeds();
        Assert.Equal(
            [
                "llkd training.batchSize=8", "llkd training.batchSize=16", "llkd:momentum=0.5", "llkd:momentum=0.9", "llkd:momentum=0",
                "llkd student.hidden=4", "llkd student.hidden=8",
            ],
            Rows().Select(row => row.GetProperty("method").GetString()));
        double[] scores = [.. Rows().Select(row => row.GetProperty("macroF1").GetDouble())];
        // Three rows are the task as it is: batches of 16, momentum 0.9, 8 wide.
        Assert.Equal(scores[1], scores[3]);
        Assert.Equal(scores[1], scores[6]);
    }

    [Fact]
    public void Few_labels_trains_on_gold_labels_of_the_pool()
    {
        Study("few-labels", "--labels", "12,120").Succeeds();
        JsonElement[] rows = Rows();
        Assert.Equal(["teacher", "no-ds", "llkd", "gold:labels=12", "gold:labels=120"], rows.Select(row => row.GetProperty("method").GetString()));
        // As many steps as on the whole pool: 2 epochs of 15 batches.
        Assert.Equal(30 * 12, rows[3].GetProperty("seen").GetInt64());
        Assert.Equal(4 * 120, rows[4].GetProperty("seen").GetInt64());
    }

    [Fact]
    public void Few_labels_says_when_there_are_not_so_many()
    {
        Study("few-labels", "--labels", "1000").Says(1, "1000 gold labels are asked for, and the pool has 240");
        Assert.Equal("llkd", Rows()[2].GetProperty("method").GetString());
    }

    [Fact]
    public void Teacher_compares_tasks_of_one_pool()
    {
        _place.Write("zero.yaml", File.ReadAllText(_place["task.yaml"]).Replace("name: small", "name: zero", StringComparison.Ordinal).Replace("shots: 4", "shots: 0", StringComparison.Ordinal));
        _place.Llkd("compare", "task.yaml", "zero.yaml", "--study", "teacher", "--seeds", "1", "--output", "out").Succeeds();
        Assert.Equal(["small", "zero"], Rows().Select(row => row.GetProperty("dataSet").GetString()).Distinct());
    }

    private Ended Study(string kind, params IEnumerable<string> more) =>
        _place.Llkd(["compare", "task.yaml", "--study", kind, "--seeds", "1", "--output", "out", .. more]);

    private JsonElement[] Rows() => [.. JsonDocument.Parse(File.ReadAllText(_place["out/comparison.json"])).RootElement.EnumerateArray()];
}
