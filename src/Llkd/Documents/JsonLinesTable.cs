using System.Text.Json;

namespace Llkd.Documents;

/// <summary>One JSON object a line. A key that a row lacks is null there.</summary>
internal sealed class JsonLinesTable : ITable
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    private readonly Utf8TextReader _reader;
    private readonly List<string> _columns = [];
    private readonly Dictionary<string, int> _indexes = new(StringComparer.Ordinal);
    private JsonElement[] _cells = [];
    private JsonDocument? _document;
    private bool _first;

    public JsonLinesTable(Stream stream, string name)
    {
        Name = name;
        _reader = new Utf8TextReader(stream);
        try
        {
            // The first row tells the columns, so it is read now and handed out by the first Read.
            if (!ReadRow()) throw new InputException($"{name} is empty; it needs one JSON object a line.");
        }
        catch
        {
            Dispose();
            throw;
        }
        _first = true;
        Row = 0;
    }

    public string Name { get; }

    public IReadOnlyList<string> Columns => _columns;

    public long Row { get; private set; }

    public string? this[int column]
    {
        get
        {
            TableCell cell = Cell(column);
            if (cell.Kind == TableCellKind.Json && cell.Text is not ("true" or "false"))
                throw Wrong($"`{_columns[column]}` holds {(cell.Text![0] == '{' ? "an object" : "a list")}, where a text or a number belongs");
            return cell.Text;
        }
    }

    public TableCell Cell(int column)
    {
        if (column >= _cells.Length) return default;
        JsonElement value = _cells[column];
        switch (value.ValueKind)
        {
            case JsonValueKind.Undefined or JsonValueKind.Null:
                return default;
            case JsonValueKind.Number:
                return TableCell.RawNumber(value.GetRawText());
            case JsonValueKind.String:
                try
                {
                    string text = value.GetString()!;
                    return text.Contains('\0', StringComparison.Ordinal)
                        ? throw Wrong($"`{_columns[column]}` holds a NUL character, which no text has")
                        : TableCell.Of(text);
                }
                catch (InvalidOperationException e)
                {
                    throw Wrong($"`{_columns[column]}` holds half of a surrogate pair (\\ud800 to \\udfff alone), which is no character", e);
                }
            default:
                return TableCell.RawJson(value.GetRawText());
        }
    }

    public bool Names(int column) => column < _cells.Length && _cells[column].ValueKind != JsonValueKind.Undefined;

    public bool Read()
    {
        if (!_first) return ReadRow();
        _first = false;
        Row = 1;
        return true;
    }

    public void Dispose()
    {
        _document?.Dispose();
        _reader.Dispose();
    }

    private bool ReadRow()
    {
        string? line;
        try
        {
            do line = ReadLine();
            while (line is not null && string.IsNullOrWhiteSpace(line));
        }
        catch (DamagedTextException e)
        {
            throw new InputException($"{Name}, row {Row + 1} {e.Message}.", e);
        }
        if (line is null) return false;
        Row++;
        _document?.Dispose();
        _document = null;
        try
        {
            _document = JsonDocument.Parse(line, Strict);
        }
        catch (InvalidOperationException e)
        {
            throw Wrong("a key holds half of a surrogate pair, which is no character", e);
        }
        catch (JsonException e)
        {
            string where = e.BytePositionInLine is { } position ? $" at byte {position + 1} of the line" : "";
            throw Wrong($"no valid JSON{where} (an object on one line, each key once)", e);
        }
        if (_document.RootElement.ValueKind != JsonValueKind.Object)
            throw Wrong($"a JSON {_document.RootElement.ValueKind.ToString().ToLowerInvariant()} where an object belongs, such as {{\"text\": \"…\"}}");
        Array.Clear(_cells);
        foreach (JsonProperty property in _document.RootElement.EnumerateObject()) Place(property);
        return true;
    }

    private void Place(JsonProperty property)
    {
        if (!_indexes.TryGetValue(property.Name, out int index))
        {
            index = _columns.Count;
            _columns.Add(property.Name);
            _indexes.Add(property.Name, index);
        }
        if (index >= _cells.Length) Array.Resize(ref _cells, Math.Max(index + 1, _cells.Length * 2));
        _cells[index] = property.Value;
    }

    private string? ReadLine()
    {
        int next = _reader.Read();
        if (next < 0) return null;
        var line = new System.Text.StringBuilder();
        for (; next >= 0 && next != '\n'; next = _reader.Read())
        {
            if (line.Length == CsvTable.LongestRow)
                throw new InputException($"{Name}, row {Row + 1} is longer than {CsvTable.LongestRow} characters; is there one object a line?");
            line.Append((char)next);
        }
        return line.ToString();
    }

    private InputException Wrong(string what, Exception? inner = null) => new($"{Name}, row {Row}: {what}.", inner);
}
