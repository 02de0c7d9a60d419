using System.Diagnostics;
using System.Globalization;
using System.Text;
using Llkd.Cli.Tests.Support;
using Llkd.Documents;

namespace Llkd.Cli.Tests.Contract;

/// <summary>`llkd predict`: all input columns, then predicted and confidence, rows in their order.</summary>
public sealed class PredictTests(FinishedRun finished) : IClassFixture<FinishedRun>
{
    private static readonly string[] Texts =
        ["refund, \"the\" charge", "the crash error", "password\nlocked", "", "登录 account code", "invoice price", "bug bug", "nothing known 12345"];

    private Workplace Place => finished.Place;

    [Theory]
    [InlineData("csv", "csv")]
    [InlineData("tsv", "jsonl")]
    [InlineData("jsonl", "parquet")]
    [InlineData("parquet", "tsv")]
    public void Tables_keep_their_columns_and_rows(string from, string to)
    {
        string input = Place[$"in-{from}.{from}"], output = Place[$"out-{from}.{to}"];
        using (TableWriter writer = TableWriter.Create(input, [new("number", TableColumnKind.WholeNumber), new("text"), new("note")]))
        {
            for (int i = 0; i < Texts.Length; i++) writer.Write(TableCell.Of((long)i), TableCell.Of(Texts[i]), TableCell.Of("note " + i));
            writer.Complete();
        }
        Assert.Equal("", Place.Llkd("predict", "--model", "out", "--input", input, "--output", output).Succeeds().Output);
        using ITable table = Table.Open(output);
        for (int i = 0; i < Texts.Length; i++)
        {
            Assert.True(table.Read());
            Assert.Equal(["number", "text", "note", "predicted", "confidence"], table.Columns);
            Assert.Equal(i.ToString(CultureInfo.InvariantCulture), table[0]);
            Assert.Equal(Texts[i], table[1] ?? "");
            Assert.Equal("note " + i, table[2]);
            Assert.Contains(table[3], Workplace.Labels);
            Assert.InRange(double.Parse(table[4]!, CultureInfo.InvariantCulture), 1 / 3.0 - 1e-6, 1);
        }
        Assert.False(table.Read());
    }

    [Fact]
    public void Probabilities_sum_to_one_and_their_largest_is_the_confidence()
    {
        Place.Llkd("predict", "--model", "out/model", "--input", "test.csv", "--output", "p.csv", "--probabilities").Succeeds();
        using ITable table = Table.Open(Place["p.csv"]);
        int rows = 0;
        while (table.Read())
        {
            Assert.Equal(["id", "text", "label", "predicted", "confidence", "p_billing", "p_bug", "p_access"], table.Columns);
            double[] p = [.. Enumerable.Range(5, 3).Select(c => double.Parse(table[c]!, CultureInfo.InvariantCulture))];
            Assert.Equal(1, p.Sum(), 1e-5);
            Assert.Equal(p.Max(), double.Parse(table[4]!, CultureInfo.InvariantCulture), 1e-6);
            Assert.Equal(Workplace.Labels[Array.IndexOf(p, p.Max())], table[3]);
            rows++;
        }
        Assert.Equal(45, rows);
    }

    [Fact]
    public void Lines_of_standard_input_are_answered_line_by_line()
    {
        Ended ended = Feed("refund my card\r\n\nthe crash error again\nlogin password");
        string[] lines = ended.Succeeds().Output.TrimEnd('\n').Split('\n');
        Assert.Equal("text,predicted,confidence", lines[0]);
        Assert.StartsWith("refund my card,billing,", lines[1], StringComparison.Ordinal);
        Assert.StartsWith(",", lines[2], StringComparison.Ordinal);
        Assert.StartsWith("the crash error again,bug,", lines[3], StringComparison.Ordinal);
        Assert.StartsWith("login password,access,", lines[4], StringComparison.Ordinal);
        Assert.Equal(5, lines.Length);
    }

    [Fact]
    public void A_text_file_is_read_as_lines_and_a_stream_in_the_format_asked_for()
    {
        Place.Write("lines.txt", "\uFEFFrefund my card\nthe crash error\n");
        string fromFile = Place.Llkd("predict", "--model", "out", "--input", "lines.txt", "--output-format", "jsonl").Succeeds().Output;
        string fromStream = LlkdProcess.Feed(
            Place.Folder, Encoding.UTF8.GetBytes("{\"text\": \"refund my card\"}\n{\"text\": \"the crash error\"}\n"),
            "predict", "--model", "out", "--input-format", "jsonl", "--output-format", "jsonl").Succeeds().Output;
        Assert.Equal(fromFile, fromStream);
        Assert.StartsWith("{\"text\":\"refund my card\",\"predicted\":\"billing\",\"confidence\":0.", fromFile.Replace(" ", "", StringComparison.Ordinal).Replace("refundmycard", "refund my card", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Empty_standard_input_gives_a_header_only() => Assert.Equal("text,predicted,confidence\n", Feed("").Succeeds().Output);

    [Fact]
    public void Many_rows_keep_their_order()
    {
        string[] texts = [.. Enumerable.Range(0, 2000).Select(i => $"{(i % 2 == 0 ? "crash error" : "invoice refund")} {i}")];
        string[] lines = Feed(string.Join('\n', texts)).Succeeds().Output.TrimEnd('\n').Split('\n')[1..];
        Assert.Equal(texts, lines.Select(line => line.Split(',')[0]));
    }

    [Fact]
    public async Task A_reader_that_goes_away_ends_even_an_endless_input_quietly()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Needs a POSIX shell.");
        var start = new ProcessStartInfo("bash", ["-c", $"yes 'crash error' | {LlkdProcess.ShellCommand} predict --model out | head -1; echo \"status ${{PIPESTATUS[1]}}\""])
        {
            WorkingDirectory = Place.Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process shell = Process.Start(start)!;
        Task<string> error = shell.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Equal("text,predicted,confidence\nstatus 0\n", output);
        Assert.DoesNotContain("   at ", await error, StringComparison.Ordinal);
        Assert.DoesNotContain("error", await error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fine\nnot f\u0000ine\n", "NUL")]
    [InlineData("fine\nnot f\u00ffine\n", "UTF-8")]
    public void Bytes_that_are_no_text_are_named_with_their_row(string latin1, string what) =>
        LlkdProcess.Feed(Place.Folder, Encoding.Latin1.GetBytes(latin1), "predict", "--model", "out").Says(2, "standard input", "row 2", what);

    [Theory]
    [InlineData("nowhere.txt")]
    [InlineData("nowhere.csv")]
    public void A_missing_input_is_named(string file) => Place.Llkd("predict", "--model", "out", "--input", file).Says(2, file, "no such file");

    [Fact]
    public void A_missing_text_column_is_named() =>
        Place.Llkd("predict", "--model", "out", "--input", "test.csv", "--text", "body").Says(2, "test.csv", "`body`", "--text");

    [Fact]
    public void A_missing_model_is_named() => Place.Llkd("predict", "--model", "nowhere", "--input", "test.csv").Says(2, "nowhere");

    [Fact]
    public void An_input_that_has_the_output_columns_already_is_refused()
    {
        Place.Write("twice.csv", "text,predicted\na,b\n");
        Place.Llkd("predict", "--model", "out", "--input", "twice.csv").Says(2, "twice.csv", "`predicted`");
    }

    [Fact]
    public void A_probability_column_that_is_there_already_is_refused()
    {
        Place.Write("twice-p.csv", "text,p_bug\na,0.5\n");
        Place.Llkd("predict", "--model", "out", "--input", "twice-p.csv", "--probabilities").Says(2, "twice-p.csv", "`p_bug`");
    }

    [Fact]
    public void A_failed_prediction_leaves_an_older_output_untouched()
    {
        Place.Write("keep.csv", "precious");
        Place.Write("broken.jsonl", "{\"text\": \"a\"}\n{\"text\": \n");
        Place.Llkd("predict", "--model", "out", "--input", "broken.jsonl", "--output", "keep.csv").Says(2, "broken.jsonl", "row 2");
        Assert.Equal("precious", File.ReadAllText(Place["keep.csv"]));
    }

    private Ended Feed(string input) => LlkdProcess.Feed(Place.Folder, Encoding.UTF8.GetBytes(input), "predict", "--model", "out");
}
