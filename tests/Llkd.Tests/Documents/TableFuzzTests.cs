using CsCheck;
using Llkd.Documents;

namespace Llkd.Tests.Documents;

public sealed class TableFuzzTests
{
    [Theory]
    [InlineData(TableFormat.Csv, 5000)]
    [InlineData(TableFormat.Tsv, 5000)]
    [InlineData(TableFormat.JsonLines, 5000)]
    [InlineData(TableFormat.Parquet, 200)]
    public void A_damaged_file_is_read_or_refused_but_never_crashes_the_reader(TableFormat format, int count)
    {
        byte[] whole = Whole(format);
        Gen<byte[]> damaged = Gen.Select(
            Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte).Array[0, 6], Gen.Int[0, 3 * whole.Length],
            (changes, length) =>
            {
                byte[] bytes = [.. whole];
                foreach ((int at, byte value) in changes) bytes[at] = value;
                return length < bytes.Length ? bytes[..length] : bytes;
            });
        damaged.Sample(bytes =>
        {
            try
            {
                Rows.Of(Rows.Open(bytes, format));
            }
            catch (InputException e)
            {
                Assert.StartsWith("a.table", e.Message, StringComparison.Ordinal);
            }
        }, iter: count, threads: 1);
    }

    private static byte[] Whole(TableFormat format)
    {
        var stream = new MemoryStream();
        using TableWriter writer = TableWriter.Create(stream, format, [new("text"), new("label"), new("n", TableColumnKind.Number)]);
        for (int i = 0; i < 20; i++)
            writer.Write(TableCell.Of($"text \"{i}\", ä😀\nline"), TableCell.Of(i % 3 == 0 ? null : "joy"), TableCell.Of(i / 3.0));
        writer.Complete();
        return stream.ToArray();
    }
}
