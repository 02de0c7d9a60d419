using System.Buffers;
using System.Text;

namespace Llkd.Documents;

/// <summary>CSV and TSV after RFC 4180, lines ended by a line feed; a cell that holds nothing is empty.</summary>
internal sealed class CsvTableWriter : TableWriter
{
    private readonly StreamWriter _writer;
    private readonly char _delimiter;
    private readonly SearchValues<char> _quoted;

    public CsvTableWriter(Stream stream, char delimiter, IReadOnlyList<TableColumn> columns, bool header) : base(columns)
    {
        _writer = new StreamWriter(stream, new UTF8Encoding(false, true), 1 << 16, leaveOpen: true) { NewLine = "\n" };
        _delimiter = delimiter;
        _quoted = SearchValues.Create([delimiter, '"', '\r', '\n', '\ufeff']);
        if (!header) return;
        for (int i = 0; i < columns.Count; i++) WriteField(columns[i].Name, i);
        _writer.Write('\n');
    }

    private protected override void WriteRow(ReadOnlySpan<TableCell> cells)
    {
        for (int i = 0; i < cells.Length; i++) WriteField(cells[i].Text ?? "", i);
        _writer.Write('\n');
    }

    public override void Flush() => _writer.Flush();

    private protected override void Finish() => _writer.Flush();

    // The stream outlives the writer, and what was not completed is thrown away with it.
    private protected override void Release() { }

    private void WriteField(string text, int index)
    {
        if (index > 0) _writer.Write(_delimiter);
        // In a table of one column an empty cell would look like a blank line.
        bool bare = !text.AsSpan().ContainsAny(_quoted) && (text.Length > 0 || Columns.Count > 1);
        if (bare)
        {
            _writer.Write(text);
            return;
        }
        _writer.Write('"');
        _writer.Write(text.Replace("\"", "\"\"", StringComparison.Ordinal));
        _writer.Write('"');
    }
}
