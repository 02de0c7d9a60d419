using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Llkd.Documents;

/// <summary>One JSON object a line: every column in every row, or each row's own keys.</summary>
internal sealed class JsonLinesTableWriter : TableWriter
{
    private readonly Stream _stream;
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly Utf8JsonWriter _writer;

    public JsonLinesTableWriter(Stream stream, IReadOnlyList<TableColumn> columns) : base(columns)
    {
        _stream = stream;
        _writer = new Utf8JsonWriter(_line, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    public override void Flush() => _stream.Flush();

    private protected override void WriteRow(ReadOnlySpan<TableCell> cells)
    {
        _writer.WriteStartObject();
        for (int i = 0; i < cells.Length; i++) WriteProperty(Columns[i].Name, cells[i]);
        EndRow();
    }

    private protected override void WriteRowOf(IReadOnlyList<string> keys, ReadOnlySpan<TableCell> cells)
    {
        _writer.WriteStartObject();
        for (int i = 0; i < cells.Length; i++) WriteProperty(keys[i], cells[i]);
        EndRow();
    }

    private protected override void Finish() => _stream.Flush();

    private protected override void Release() => _writer.Dispose();

    private void WriteProperty(string name, TableCell cell)
    {
        _writer.WritePropertyName(name);
        switch (cell.Kind)
        {
            case TableCellKind.Null: _writer.WriteNullValue(); break;
            case TableCellKind.Text: _writer.WriteStringValue(cell.Text); break;
            default: _writer.WriteRawValue(cell.Text!); break;
        }
    }

    private void EndRow()
    {
        _writer.WriteEndObject();
        _writer.Flush();
        _writer.Reset();
        _stream.Write(_line.WrittenSpan);
        _stream.WriteByte((byte)'\n');
        _line.ResetWrittenCount();
    }
}
