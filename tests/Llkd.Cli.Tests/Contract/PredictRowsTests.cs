using System.Text;
using System.Text.Json;
using Llkd.Cli.Tests.Support;
using Llkd.Documents;

namespace Llkd.Cli.Tests.Contract;

/// <summary>Rows that differ in their keys, rows without a text, and which column the text is in.</summary>
public sealed class PredictRowsTests(FinishedRun finished) : IClassFixture<FinishedRun>
{
    private Workplace Place => finished.Place;

    [Fact]
    public void Json_lines_keep_each_row_s_own_keys()
    {
        Ended ended = Jsonl("{\"a\":1,\"text\":\"crash error\",\"b\":null}\n{\"text\":\"invoice refund\",\"late\":{\"x\":[1]}}\n{\"b\":true,\"text\":\"login\"}\n");
        Assert.Equal(
            [["a", "text", "b", "predicted", "confidence"], ["text", "late", "predicted", "confidence"], ["text", "b", "predicted", "confidence"]],
            Rows(ended.Succeeds()).Select(row => row.EnumerateObject().Select(property => property.Name).ToArray()));
        Assert.Contains("\"late\":{\"x\":[1]},\"predicted\":\"billing\"", ended.Output, StringComparison.Ordinal);
        Assert.Contains("\"b\":null", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_late_key_that_the_output_adds_is_refused_with_its_row() =>
        Jsonl("{\"text\":\"a\"}\n{\"text\":\"b\",\"predicted\":\"c\"}\n").Says(2, "row 2", "`predicted`");

    [Fact]
    public void A_late_key_is_refused_where_all_rows_have_the_same_columns()
    {
        Place.Write("late.jsonl", "{\"text\":\"a\"}\n{\"text\":\"b\",\"late\":1}\n");
        Place.Llkd("predict", "--model", "out", "--input", "late.jsonl", "--output", "late.csv").Says(2, "late.jsonl, row 2", "`late`");
        Assert.False(File.Exists(Place["late.csv"]));
    }

    [Fact]
    public void Rows_without_a_text_are_left_unanswered_and_counted()
    {
        Ended ended = Jsonl("{\"n\":1}\n{\"n\":2,\"text\":\"crash error\"}\n{\"n\":3,\"text\":null}\n{\"n\":4,\"text\":\"\"}\n");
        JsonElement[] rows = Rows(ended.Says(0, "warning", "Rows without `text`: 2 of 4 (the first is row 1)"));
        Assert.Equal(
            [JsonValueKind.Null, JsonValueKind.String, JsonValueKind.Null, JsonValueKind.String],
            rows.Select(row => row.GetProperty("predicted").ValueKind));
        Assert.Equal(
            [JsonValueKind.Null, JsonValueKind.Number, JsonValueKind.Null, JsonValueKind.Number],
            rows.Select(row => row.GetProperty("confidence").ValueKind));
        Assert.Equal("bug", rows[1].GetProperty("predicted").GetString());
        Assert.Equal([1, 2, 3, 4], rows.Select(row => row.GetProperty("n").GetInt32()));
    }

    [Theory]
    [InlineData("csv")]
    [InlineData("parquet")]
    public void A_table_s_rows_without_a_text_have_empty_answers(string format)
    {
        using (TableWriter writer = TableWriter.Create(Place["holes.parquet"], [new("n", TableColumnKind.WholeNumber), new("text")]))
        {
            for (long i = 0; i < 600; i++) writer.Write(TableCell.Of(i), TableCell.Of(i % 2 == 0 || i >= 256 && i < 512 ? null : "crash error"));
            writer.Complete();
        }
        Place.Llkd("predict", "--model", "out", "--input", "holes.parquet", "--output", "holes-out." + format, "--probabilities")
            .Says(0, "Rows without `text`: 428 of 600 (the first is row 1)");
        using ITable table = Table.Open(Place["holes-out." + format]);
        for (long i = 0; i < 600; i++)
        {
            Assert.True(table.Read());
            bool empty = i % 2 == 0 || i >= 256 && i < 512;
            Assert.Equal(empty ? "" : "bug", table[2] ?? "");
            for (int c = 3; c < 7; c++) Assert.Equal(empty, (table[c] ?? "").Length == 0);
        }
        Assert.False(table.Read());
    }

    [Fact]
    public void A_mistyped_text_column_answers_nothing_although_rows_may_differ_in_their_keys()
    {
        string few = "{\"text\":\"crash error\"}\n{\"text\":\"invoice\"}\n";
        foreach (string input in new[] { few, string.Concat(Enumerable.Repeat(few, 1000)) })
        {
            Ended ended = Jsonl(input, "--text", "txet").Says(2, "no column `txet` (--text)", "nearest is `text`");
            Assert.Equal("", ended.Output);
        }
    }

    [Fact]
    public void The_text_column_of_a_run_is_its_task_s()
    {
        using var place = new Workplace();
        foreach (string file in new[] { "pool.csv", "validation.csv", "test.csv" })
            place.Write(file, File.ReadAllText(place[file]).Replace("id,text,label", "id,body,label", StringComparison.Ordinal));
        place.Run("--set", "data.text=body").Succeeds();
        Assert.StartsWith("id,body,label,predicted,confidence\n",
            place.Llkd("predict", "--model", "out", "--input", "test.csv").Succeeds().Output, StringComparison.Ordinal);
        place.Llkd("predict", "--model", "out/model", "--input", "test.csv").Says(2, "`text`", "--text");
        place.Llkd("predict", "--model", "out/model", "--input", "test.csv", "--text", "body").Succeeds();
        place.Write("other.csv", "text\ncrash error\n");
        place.Llkd("predict", "--model", "out", "--input", "other.csv").Says(2, "other.csv", "`body`", "data.text", "--text");
        place.Llkd("predict", "--model", "out", "--input", "other.csv", "--text", "text").Succeeds();
        Assert.StartsWith("text,predicted,confidence\n",
            LlkdProcess.Feed(place.Folder, "crash error\n"u8.ToArray(), "predict", "--model", "out").Succeeds().Output, StringComparison.Ordinal);
    }

    private Ended Jsonl(string input, params IEnumerable<string> more) => LlkdProcess.Feed(
        Place.Folder, Encoding.UTF8.GetBytes(input),
        ["predict", "--model", "out", "--input-format", "jsonl", "--output-format", "jsonl", .. more]);

    private static JsonElement[] Rows(Ended ended) =>
        [.. ended.Output.TrimEnd('\n').Split('\n').Select(line => JsonElement.Parse(line))];
}
