using CsCheck;
using Llkd.Documents;

namespace Llkd.Tests.Documents;

public sealed class TableRoundTripTests
{
    // Every plane, and more of what breaks parsers: quotes, delimiters, line breaks, spaces, look-alikes of null and comments.
    private static readonly string[] Awkward =
        ["\"", "\"\"", ",", "\t", "\n", "\r", "\r\n", " ", "#", ".", "\\", "'", "null", "=", "\uFEFF", "\uFFFD", "\u2028", "\u0001", ""];

    private static readonly Gen<string> Piece = Gen.OneOf(
        Gen.Int[0, Awkward.Length - 1].Select(i => Awkward[i]),
        Gen.Int[1, 0x10FFFF].Select(c => c is >= 0xD800 and <= 0xDFFF ? "x" : char.ConvertFromUtf32(c)),
        Gen.Char['a', 'z'].Select(c => c.ToString()));

    private static readonly Gen<string> Text = Piece.Array[0, 12].Select(string.Concat);

    private static readonly Gen<(string[] Columns, string[][] Rows)> Tables =
        from columns in Text.Array[1, 4].Where(names => names.Distinct().Count() == names.Length && !names[0].StartsWith('\uFEFF'))
        from rows in Text.Array[columns.Length].Array[0, 30]
        select (columns, rows);

    [Theory]
    [InlineData(TableFormat.Csv)]
    [InlineData(TableFormat.Tsv)]
    [InlineData(TableFormat.JsonLines)]
    [InlineData(TableFormat.Parquet)]
    public void What_is_written_is_read_back(TableFormat format) => Tables.Sample(table =>
    {
        // Parquet has no columns without a name.
        if (format == TableFormat.Parquet && table.Columns.Contains("")) return true;
        byte[] bytes = Write(table.Columns, table.Rows, format);
        // A JSON Lines file knows its columns from its rows.
        if (format == TableFormat.JsonLines && table.Rows.Length == 0) return bytes.Length == 0;
        using ITable read = Rows.Open(bytes, format);
        return read.Columns.SequenceEqual(table.Columns) && Same(Rows.Of(read), table.Rows);
    }, iter: format == TableFormat.Parquet ? 300 : 2000);

    [Theory]
    [InlineData(',')]
    [InlineData('\t')]
    public void Small_buffers_change_nothing(char delimiter) => Gen.Select(Tables, Gen.Int[1, 40]).Sample((table, size) =>
    {
        byte[] bytes = Write(table.Columns, table.Rows, delimiter == ',' ? TableFormat.Csv : TableFormat.Tsv);
        using var read = new CsvTable(new Trickle(bytes), "a.csv", delimiter, size);
        return read.Columns.SequenceEqual(table.Columns) && Same(Rows.Of(read), table.Rows);
    }, iter: 1000);

    [Fact]
    public void Numbers_and_nulls_are_read_back_from_formats_that_have_them()
    {
        foreach (TableFormat format in Enum.GetValues<TableFormat>())
        {
            var stream = new MemoryStream();
            using TableWriter writer = TableWriter.Create(stream, format,
                [new("t"), new("d", TableColumnKind.Number), new("n", TableColumnKind.WholeNumber)]);
            writer.Write(TableCell.Of("a"), TableCell.Of(0.1), TableCell.Of(1L << 60));
            writer.Write(TableCell.Of(null), TableCell.Of(double.NaN), default);
            writer.Write(TableCell.Of(3), TableCell.Of(0.3f), TableCell.Of(-4));
            writer.Complete();
            string? none = format is TableFormat.Csv or TableFormat.Tsv ? "" : null;
            Assert.Equal(
                [["a", "0.1", "1152921504606846976"], [none, none, none], ["3", "0.3", "-4"]],
                Rows.Of(Rows.Open(stream.ToArray(), format)));
        }
    }

    private static byte[] Write(string[] columns, string[][] rows, TableFormat format)
    {
        var stream = new MemoryStream();
        using (TableWriter writer = TableWriter.Create(stream, format, [.. columns.Select(name => new TableColumn(name))]))
        {
            foreach (string[] row in rows) writer.Write([.. row.Select(TableCell.Of)]);
            writer.Complete();
        }
        return stream.ToArray();
    }

    private static bool Same(List<string?[]> a, string[][] b) => a.Count == b.Length && a.Zip(b).All(pair => pair.First.SequenceEqual(pair.Second));

    /// <summary>Gives seven bytes at a time, so that characters are cut everywhere.</summary>
    private sealed class Trickle(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, 7));
    }
}
