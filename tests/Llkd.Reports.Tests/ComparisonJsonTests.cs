using System.Text.Json;
using Llkd.Reports.Comparison;
using Llkd.Runs;

namespace Llkd.Reports.Tests;

public sealed class ComparisonJsonTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_row_has_the_fields_of_the_contract_in_their_order()
    {
        var rows = Written(SampleComparisons.Make(methods: 3, dataSets: 2, seeds: 2));
        Assert.Equal(12, rows.Count);
        Assert.All(rows, row => Assert.Equal(["dataSet", "method", "seed", "accuracy", "macroF1", "seen", "share", "seconds"], row.EnumerateObject().Select(field => field.Name)));
        Assert.Equal(["emotions llkd 1", "emotions llkd 2", "emotions llkd-w 1"], rows.Take(3).Select(row => $"{row.GetProperty("dataSet")} {row.GetProperty("method")} {row.GetProperty("seed")}"));
    }

    [Fact]
    public void A_figure_is_the_one_measured()
    {
        var record = SampleComparisons.Make(methods: 1, dataSets: 1, seeds: 1);
        var cell = Assert.Single(record.Cells);
        var row = Assert.Single(Written(record));
        Assert.Equal(cell.Accuracy, row.GetProperty("accuracy").GetDouble());
        Assert.Equal(cell.MacroF1, row.GetProperty("macroF1").GetDouble());
        Assert.Equal(cell.Seen, row.GetProperty("seen").GetInt64());
        Assert.Equal(cell.Share!.Value, row.GetProperty("share").GetDouble());
        Assert.Equal(cell.Seconds, row.GetProperty("seconds").GetDouble());
    }

    [Fact]
    public void A_failed_cell_has_nulls_and_its_reason_and_others_say_what_they_have_to()
    {
        var record = SampleComparisons.Make(methods: 1, dataSets: 1, seeds: 1) with
        {
            Cells =
            [
                new() { DataSet = "emotions", Method = "llkd", Seed = 1, Failure = "the student diverged", Seen = 5, Offered = 10, Seconds = 3 },
                new() { DataSet = "emotions", Method = "llkd", Seed = 2, Accuracy = 0.5, MacroF1 = 0.25, Notes = ["a fallback"], Chosen = "share=0.3" },
            ],
        };
        var rows = Written(record);
        Assert.All(["accuracy", "macroF1", "seen", "share", "seconds"], name => Assert.Equal(JsonValueKind.Null, rows[0].GetProperty(name).ValueKind));
        Assert.Equal("the student diverged", rows[0].GetProperty("failure").GetString());
        Assert.False(rows[0].TryGetProperty("notes", out _));
        Assert.Equal("""["a fallback"]""", rows[1].GetProperty("notes").GetRawText().ReplaceLineEndings("").Replace(" ", "", StringComparison.Ordinal).Replace("afallback", "a fallback", StringComparison.Ordinal));
        Assert.Equal("share=0.3", rows[1].GetProperty("chosen").GetString());
        Assert.Equal(JsonValueKind.Null, rows[1].GetProperty("seen").ValueKind);
    }

    [Fact]
    public void A_comparison_without_a_finished_cell_is_an_empty_array() =>
        Assert.Empty(Written(SampleComparisons.All["empty"]));

    private List<JsonElement> Written(ComparisonRecord record)
    {
        string path = Path.Combine(folder.Path, "out", "comparison.json");
        ComparisonJson.Write(record, path);
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        Assert.Equal(["comparison.json"], Directory.GetFiles(Path.GetDirectoryName(path)!).Select(Path.GetFileName));
        return [.. document.RootElement.EnumerateArray().Select(row => row.Clone())];
    }
}
