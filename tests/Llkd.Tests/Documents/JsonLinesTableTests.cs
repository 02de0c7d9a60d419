using Llkd.Documents;

namespace Llkd.Tests.Documents;

public sealed class JsonLinesTableTests
{
    [Fact]
    public void Values_are_read_as_text_and_a_missing_key_is_null()
    {
        List<string?[]> rows = Rows.Of(Rows.Open(
            "{\"text\":\"a\\n\\u00e4😀\",\"n\":1.50}\r\n\n{\"n\":null}\n{\"text\":\"b\",\"n\":true}", TableFormat.JsonLines));
        Assert.Equal([["a\nä😀", "1.50"], [null, null], ["b", "true"]], rows);
    }

    [Fact]
    public void A_key_that_comes_up_later_becomes_a_column()
    {
        using ITable table = Rows.Open("{\"a\":1}\n{\"b\":2,\"a\":3}\n{\"a\":4}\n", TableFormat.JsonLines);
        Assert.Equal(["a"], table.Columns);
        table.Read();
        table.Read();
        Assert.Equal(["a", "b"], table.Columns);
        Assert.Equal("2", table[1]);
        table.Read();
        Assert.Null(table[1]);
    }

    [Fact]
    public void A_column_the_first_row_lacks_is_missing()
    {
        using ITable table = Rows.Open("{\"a\":1}\n{\"text\":\"x\"}\n", TableFormat.JsonLines);
        Assert.Contains("no column `text`", Assert.Throws<InputException>(() => table.Require("text", "data.text")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "a.table is empty")]
    [InlineData("\n \n", "a.table is empty")]
    [InlineData("{\"a\":1}\n[1]\n", "a.table, row 2: a JSON array where an object belongs")]
    [InlineData("{\"a\":1}\n{\"a\":\n", "a.table, row 2: no valid JSON")]
    [InlineData("{\"a\":1,\"a\":2}\n", "a.table, row 1: no valid JSON")]
    [InlineData("{\"a\":1} {\"a\":2}\n", "a.table, row 1: no valid JSON")]
    [InlineData("{\"a\":{\"b\":1}}\n", "a.table, row 1: `a` holds an object, where a text or a number belongs")]
    [InlineData("{\"a\":[1]}\n", "a.table, row 1: `a` holds a list")]
    [InlineData("{\"a\":\"\\ud800\"}\n", "a.table, row 1: `a` holds half of a surrogate pair")]
    [InlineData("{\"\\ud800\":1}\n", "a.table, row 1: a key holds half of a surrogate pair")]
    [InlineData("{\"a\":\"\\u0000\"}\n", "a.table, row 1: `a` holds a NUL character")]
    [InlineData("{\"a\":1}\n{\"a\":\"\0\"}\n", "a.table, row 2 holds a NUL byte")]
    public void What_is_wrong_is_named_with_its_row(string content, string message) =>
        Assert.Contains(message, Rows.Error(content, TableFormat.JsonLines), StringComparison.Ordinal);

    [Fact]
    public void A_row_names_the_keys_it_has_be_they_null_or_not()
    {
        using ITable table = Rows.Open("{\"a\":null}\n{\"b\":2}\n{\"a\":1}\n", TableFormat.JsonLines);
        table.Read();
        Assert.Equal((true, false), (table.Names(0), table.Names(1)));
        table.Read();
        Assert.Equal((false, true), (table.Names(0), table.Names(1)));
        table.Read();
        Assert.Equal((true, false), (table.Names(0), table.Names(1)));
    }

    [Fact]
    public void Rows_may_be_written_with_keys_of_their_own()
    {
        using var stream = new MemoryStream();
        using TableWriter writer = TableWriter.Create(stream, TableFormat.JsonLines, [new("a")]);
        writer.WriteObject(["b", "c"], TableCell.Of(1L), default);
        writer.Write(TableCell.Of("x"));
        writer.Flush();
        Assert.Equal("{\"b\":1,\"c\":null}\n{\"a\":\"x\"}\n", System.Text.Encoding.UTF8.GetString(stream.ToArray()));
        Assert.Throws<ArgumentException>(() => writer.WriteObject(["b", "b"], default, default));
        Assert.Throws<ArgumentException>(() => writer.WriteObject(["b"], default, default));
        using TableWriter csv = TableWriter.Create(new MemoryStream(), TableFormat.Csv, [new("a")]);
        Assert.Throws<NotSupportedException>(() => csv.WriteObject(["a"], TableCell.Of("x")));
    }
}
