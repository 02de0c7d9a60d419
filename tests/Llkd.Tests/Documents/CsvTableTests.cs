using System.Text;
using Llkd.Documents;

namespace Llkd.Tests.Documents;

public sealed class CsvTableTests
{
    [Fact]
    public void Quotes_delimiters_and_line_breaks_are_read_as_RFC_4180_says()
    {
        List<string?[]> rows = Rows.Of(Rows.Open("a,b\r\n\"x,\"\"y\"\"\r\nz\",1\r\n#hashtag, spaced \r\n,\"\"", TableFormat.Csv));
        Assert.Equal([["x,\"y\"\r\nz", "1"], ["#hashtag", " spaced "], ["", ""]], rows);
    }

    [Fact]
    public void TSV_keeps_commas_and_backslashes()
    {
        Assert.Equal([["x,y", "a\tb"], ["\\t", "2"]], Rows.Of(Rows.Open("a\tb\nx,y\t\"a\tb\"\n\\t\t2\n", TableFormat.Tsv)));
    }

    [Fact]
    public void Blank_lines_are_no_rows_and_do_not_count()
    {
        using ITable table = Rows.Open("a,b\n\n1,2\n\n\n3,4\n\n", TableFormat.Csv);
        Assert.True(table.Read());
        Assert.True(table.Read());
        Assert.Equal(2, table.Row);
        Assert.Equal("3", table[0]);
        Assert.False(table.Read());
    }

    [Fact]
    public void A_byte_order_mark_is_not_part_of_the_first_column()
    {
        using ITable table = Rows.Open("\uFEFFtext,label\nä,b\n", TableFormat.Csv);
        Assert.Equal(["text", "label"], table.Columns);
    }

    [Fact]
    public void A_replacement_character_that_stands_in_the_file_is_kept()
    {
        Assert.Equal([["\uFFFD"]], Rows.Of(Rows.Open("a\n\uFFFD\n", TableFormat.Csv)));
    }

    [Fact]
    public void A_header_without_rows_is_a_table_without_rows() =>
        Assert.Empty(Rows.Of(Rows.Open("a,b\n", TableFormat.Csv)));

    [Theory]
    [InlineData("", "a.table is empty")]
    [InlineData("a,b\n1,2\n3\n", "a.table, row 2: 1 field, but the header names 2 columns")]
    [InlineData("a,b\n1,2,3\n", "a.table, row 1: 3 fields, but the header names 2 columns")]
    [InlineData("a,b\n1,2\n3,\"open\n5,6\n7,8\n", "a.table, row 2: a quoted field that begins in it is never closed")]
    [InlineData("a,b\n1,\"x\"y\n", "a.table, row 1: something stands between a closing quote and the delimiter")]
    [InlineData("a,\"b\n1,2\n", "a.table, header: a quoted field that begins in it is never closed")]
    [InlineData("a,b,a\n1,2,3\n", "columns 1 and 3 are both named `a`")]
    [InlineData("a,b\n1,2\n3,\0\n", "a.table, row 2 holds a NUL byte")]
    public void What_is_wrong_is_named_with_its_row(string content, string message) =>
        Assert.Contains(message, Rows.Error(content, TableFormat.Csv), StringComparison.Ordinal);

    [Fact]
    public void Damaged_UTF8_is_an_error_that_names_its_row_wherever_it_lies_in_the_file()
    {
        foreach (int row in new[] { 1, 2, 500, 5000, 19_999 })
        {
            byte[] bytes = Encoding.UTF8.GetBytes("text,label\n" + string.Concat(Enumerable.Range(1, 20_000).Select(i => $"some ä text {i},x\n")));
            int at = bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes($"text {row},"));
            bytes[at] = 0xC3;
            Assert.Contains($"row {row} is not valid UTF-8", Rows.Error(bytes, TableFormat.Csv), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void UTF16_is_refused_with_advice() =>
        Assert.Contains("UTF-16", Rows.Error([0xFF, 0xFE, (byte)'a', 0], TableFormat.Csv), StringComparison.Ordinal);

    [Fact]
    public void Text_cut_in_the_middle_of_a_character_is_an_error()
    {
        byte[] bytes = Encoding.UTF8.GetBytes("a\n😀");
        Assert.Contains("row 1 is not valid UTF-8", Rows.Error(bytes[..^1], TableFormat.Csv), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_column_is_named_with_those_there_are_and_the_nearest()
    {
        using ITable table = Rows.Open("id,txt,label\n1,2,3\n", TableFormat.Csv);
        string message = Assert.Throws<InputException>(() => table.Require("text", "data.text")).Message;
        Assert.Equal("a.table: there is no column `text` (data.text). Columns: `id`, `txt`, `label`. The nearest is `txt`.", message);
    }

    [Fact]
    public void Rows_longer_than_the_first_buffer_are_read_whole()
    {
        string text = string.Concat(Enumerable.Repeat("word \"quoted\",\n", 40_000));
        List<string?[]> rows = Rows.Of(Rows.Open($"a,b\n\"{text.Replace("\"", "\"\"")}\",1\n2,3\n", TableFormat.Csv));
        Assert.Equal([[text, "1"], ["2", "3"]], rows);
    }
}
