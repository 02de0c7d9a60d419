using Llkd.Documents;
using Parquet;
using Parquet.Schema;

namespace Llkd.Tests.Documents;

public sealed class ParquetTableTests
{
    [Fact]
    public async Task Columns_of_every_usual_type_are_read_across_row_groups()
    {
        using ITable table = Rows.Open(await EveryType(), TableFormat.Parquet);
        Assert.Equal(["text", "i", "f", "d", "b"], table.Columns);
        List<string?[]> rows = Rows.Of(table);
        Assert.Equal(
            [["ä😀0", "0", "0.1", "0.1", "true"], [null, "-7", null, "1E+300", "false"],
             ["ä😀1", "1", "0.1", "0.1", "true"], [null, "-7", null, "1E+300", "false"]], rows);
    }

    private static async Task<byte[]> EveryType()
    {
        var text = new DataField("text", typeof(string), isNullable: true);
        var whole = new DataField("i", typeof(int), isNullable: false);
        var single = new DataField("f", typeof(float), isNullable: true);
        var real = new DataField("d", typeof(double), isNullable: false);
        var flag = new DataField("b", typeof(bool), isNullable: false);
        var stream = new MemoryStream();
        await using (ParquetWriter writer = await ParquetWriter.CreateAsync(
            new ParquetSchema(text, whole, single, real, flag), stream))
        {
            for (int i = 0; i < 2; i++)
            {
                using ParquetRowGroupWriter group = writer.CreateRowGroup();
                await group.WriteAsync(text, (string[])["ä😀" + i, null!]);
                await group.WriteAsync<int>(whole, (int[])[i, -7]);
                await group.WriteAsync<float>(single, (float?[])[0.1f, null]);
                await group.WriteAsync<double>(real, (double[])[0.1, 1e300]);
                await group.WriteAsync<bool>(flag, (bool[])[true, false]);
            }
        }
        return stream.ToArray();
    }

    [Fact]
    public void Damaged_UTF8_in_a_text_is_an_error_and_a_real_replacement_character_is_none()
    {
        byte[] bytes = Written(["first", "\uFFFD", "QQQQQQ", "last"]);
        Assert.Equal("\uFFFD", Rows.Of(Rows.Open(bytes, TableFormat.Parquet))[1][0]);
        // Every place the text stands in, the column statistics included.
        for (int at; (at = bytes.AsSpan().IndexOf("QQQQQQ"u8)) >= 0;) bytes[at] = 0xFF;
        Assert.Contains("row 3: `text` is not valid UTF-8", Rows.Error(bytes, TableFormat.Parquet), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_cut_in_half_is_called_cut_off()
    {
        byte[] bytes = Written(["a", "b", "c"]);
        Assert.Contains("is cut off", Rows.Error(bytes[..(bytes.Length / 2)], TableFormat.Parquet), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_Parquet_NET_never_finishes_is_refused()
    {
        // Found by the fuzz test: a damaged footer, still well formed as Thrift, over which the decoder loops in memory.
        const string Endless =
            """
            UEFSMRUAFYgIFagCLBUoFQAVBhUGHBgVdGV4dCAiOSIsIMOk8J+YgApsaW5lGBV0ZXh0ICIwIiwgw6Twn5iACmxpbmUWACgVdGV4dCAiOSIsIM
            Ok8J+YgApsaW5lGBV0ZXh0ICIwIiwgw6Twn5iACmxpbmUAAACEBHgCAAAAKAEVAAAAdGV4dCAiMCIsIMOk8J+YgApsaW5lGRkAMV4ZAAAyXhkA
            ADNeGQAANF4ZAAA1XhkAADZeGQAAN14ZAAA4XhkAADk2GQAAFhX6ADE6+wAdGjr8AB0aOv0AHRo6/gAdGjr/AB0aOgABHRo6AQEdUzoCAR0aOg
            MBHRo4OSIsIMOk8J+YgApsaW5lFQAV9gEVOiwVKBUAFQYVBhwYA2pveRgDam95Fg4oA2pveRgDam95AAAAexwcAAAAAgAEAVYEACACAQMAAABq
            b3n+BwBOBwAVABXMAhXQASwVKBUAFQYVBhwYCFVVVVVVVRlAGAgAAAAAAAAAABYAKAhVVVVVVVUZQBgIAAAAAAAAAAAAAACmARgCAAAAKAEADQ
            EAVQUBBNU/BQcIVeU/CRcA8A0QDPU/q6oBAQD6DRgEAEAJEAQCQAkwBAVACTAACA0YAAoNGAANDRgAEA0QABENIAASDRgAFA0YABUNGAAWDRgk
            GEBVVVVVVVUZQBUCGUxIBHJvb4MVBgAVDCUCGAR0ZXh0JQBMHAAAABUMJQIYBWxhYmVsJQBMHAAAABUKJQIYAW4AFigZHBk8JggcFQwZJQAGGR
            gEdGV4dBUCFigW7gkWjgQmCDwYFXRleHQgIjkiLCDDpPCfmIAKbGluZRgVdGV4dCAiMCIsIMOk8J+YgApsaW5lFgAoFXRleHQgIjkiLCDDpPCf
            mIAKbGluZRgVdGV4dCAiMCIsIMOk8J+YgApsaW5lAAAAJpYEHBUMGSUABhkYBWxhYmVsFQIWKBbKAhaOASaWBDwYA2pveRgDam95Fg4oA2pveR
            gDam95AAAAJqQFHBUKGSUABhkYAW4VAhYoFsoDFs4CJqQFPBgIVVVVVVVVGUAYCAAAAAAAAAAANQAoCFVVVVVVVRlAGAgAAAAAAAAAAAAAABaC
            EBYoNuoHAChKUGFycXVldC5OZXQgdmVyc2lvbiA2LjEuMCAoYnVpbGQgYzE3OWQ5N2JkMjU0OWI1ZjQ0YTkyNDFlNzI5Zjg2OWQ0OTQ3ZWU1OS
            kAlAEAAFBBUjE=
            """;
        byte[] bytes = Convert.FromBase64String(Endless);
        string message = Assert.Throws<InputException>(() => new ParquetTable(new MemoryStream(bytes), "a.parquet", patienceSeconds: 2)).Message;
        Assert.Contains("reading it did not end in 2 seconds", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_with_a_hole_in_the_middle_is_called_damaged()
    {
        byte[] bytes = Written(["a", "b", "c"]);
        Assert.Contains("damaged", Rows.Error([.. bytes[..4], .. bytes[40..]], TableFormat.Parquet), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("text,label\na,b\n", "is not a Parquet file")]
    [InlineData("PAR1", "is cut off")]
    [InlineData("PAR1PAR1", "is cut off")]
    [InlineData("PAR1\u0001\u0001\u0001\u0001PAR1", "damaged")]
    public void Other_files_are_refused(string content, string message) =>
        Assert.Contains(message, Rows.Error(content, TableFormat.Parquet), StringComparison.Ordinal);

    [Fact]
    public async Task A_nested_column_is_refused_only_when_it_is_asked_for()
    {
        using ITable table = Rows.Open(await Nested(), TableFormat.Parquet);
        Assert.True(table.Read());
        Assert.Equal("a", table[0]);
        Assert.Contains("`nested` is nested", Assert.Throws<InputException>(() => table[1]).Message, StringComparison.Ordinal);
    }

    private static async Task<byte[]> Nested()
    {
        var text = new DataField("text", typeof(string), isNullable: true);
        var inner = new DataField("x", typeof(int), isNullable: true);
        var stream = new MemoryStream();
        await using (ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(text, new StructField("nested", inner)), stream))
        {
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            await group.WriteAsync(text, (string[])["a"]);
            await group.WriteAsync<int>(inner, (int?[])[1]);
        }
        return stream.ToArray();
    }

    private static byte[] Written(string[] texts)
    {
        var stream = new MemoryStream();
        using (TableWriter writer = TableWriter.Create(stream, TableFormat.Parquet, [new TableColumn("text")]))
        {
            foreach (string text in texts) writer.Write(TableCell.Of(text));
            writer.Complete();
        }
        return stream.ToArray();
    }
}
