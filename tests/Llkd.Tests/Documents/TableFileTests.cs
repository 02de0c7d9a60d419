using System.Text;
using Llkd.Documents;

namespace Llkd.Tests.Documents;

public sealed class TableFileTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a.csv")]
    [InlineData("a.TSV")]
    [InlineData("a.jsonl")]
    [InlineData("a.ndjson")]
    [InlineData("a.parquet")]
    public void The_ending_tells_the_format(string name)
    {
        using (TableWriter writer = TableWriter.Create(_folder[name], [new("x"), new("y")]))
        {
            writer.Write(TableCell.Of("1,\t\""), TableCell.Of("2"));
            writer.Complete();
        }
        Assert.Equal([["1,\t\"", "2"]], Rows.Of(Table.Open(_folder[name])));
        Assert.Equal([_folder[name]], Directory.GetFiles(_folder.Root));
    }

    [Fact]
    public void A_file_that_was_not_completed_leaves_the_old_one_and_nothing_else()
    {
        foreach (string name in new[] { "a.csv", "a.jsonl", "a.parquet" })
        {
            _folder.Write(name, "old");
            using (TableWriter writer = TableWriter.Create(_folder[name], [new("x")])) writer.Write(TableCell.Of("new"));
            Assert.Equal("old", File.ReadAllText(_folder[name]));
        }
        Assert.Equal(3, Directory.GetFiles(_folder.Root).Length);
    }

    [Fact]
    public void Completing_replaces_the_old_file()
    {
        _folder.Write("a.csv", "old");
        using TableWriter writer = TableWriter.Create(_folder["a.csv"], [new("x")]);
        writer.Complete();
        Assert.Equal("x\n", File.ReadAllText(_folder["a.csv"]));
    }

    [Fact]
    public void A_copy_of_a_table_keeps_its_types()
    {
        using ITable table = Rows.Open("{\"a\":1.50,\"b\":[1,{\"c\":\"ä\"}],\"c\":null,\"d\":\"x\"}", TableFormat.JsonLines);
        var stream = new MemoryStream();
        using TableWriter writer = TableWriter.Create(stream, TableFormat.JsonLines, [.. TableWriter.ColumnsOf(table), new("predicted")]);
        table.Read();
        writer.Write([.. Enumerable.Range(0, 4).Select(table.Cell), TableCell.Of("joy")]);
        writer.Complete();
        Assert.Equal("{\"a\":1.50,\"b\":[1,{\"c\":\"ä\"}],\"c\":null,\"d\":\"x\",\"predicted\":\"joy\"}\n", Encoding.UTF8.GetString(stream.ToArray()));
    }

    [Theory]
    [InlineData("a.txt", "ends in .csv")]
    [InlineData("a", "ends in .csv")]
    [InlineData("a.csv.gz", "rename, unpack or convert it")]
    [InlineData("none.csv", "there is no such file")]
    public void What_cannot_be_opened_says_why(string name, string message) =>
        Assert.Contains(message, Assert.Throws<InputException>(() => Table.Open(_folder[name])).Message, StringComparison.Ordinal);

    [Fact]
    public void A_folder_is_no_table()
    {
        Directory.CreateDirectory(_folder["a.csv"]);
        Assert.Contains("is a folder", Assert.Throws<InputException>(() => Table.Open(_folder["a.csv"])).Message, StringComparison.Ordinal);
        Assert.Contains("is a folder", Assert.Throws<InputException>(() => TableWriter.Create(_folder["a.csv"], [new("x")])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_that_are_no_Unicode_are_not_written()
    {
        foreach (TableFormat format in Enum.GetValues<TableFormat>())
        {
            using TableWriter writer = TableWriter.Create(new MemoryStream(), format, [new("x")]);
            foreach (string text in new[] { "a\ud800", "\udc00b", "\ud800\ud800", "\0" })
                Assert.Throws<ArgumentException>(() => writer.Write(TableCell.Of(text)));
            Assert.Throws<ArgumentException>(() => writer.Write(TableCell.Of("a"), TableCell.Of("b")));
        }
    }
}
