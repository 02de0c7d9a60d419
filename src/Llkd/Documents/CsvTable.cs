namespace Llkd.Documents;

/// <summary>
/// CSV and TSV after RFC 4180; the header row is required, and every row has as many fields as it. A row ends with a
/// line feed, a carriage return or both; blank lines are no rows. Parsed here, so that every error can name the row it
/// lies in, and because Sylvan.Data.Csv 1.4.4 joined two rows of some tables with quoted fields into one (found by the
/// round-trip test).
/// </summary>
internal sealed class CsvTable : ITable
{
    /// <summary>Longest row, in characters. A quote that is never closed would otherwise take a file of any size into memory.</summary>
    internal const int LongestRow = 1 << 26;

    private readonly Utf8TextReader _text;
    private readonly char _delimiter;
    private readonly string[] _columns;
    private readonly char[] _buffer;
    private readonly List<int> _ends = [];
    private char[] _record = new char[1024];
    private int _position, _available, _length;
    private bool _quoted;

    public CsvTable(Stream stream, string name, char delimiter, int bufferSize = 1 << 14)
    {
        Name = name;
        _delimiter = delimiter;
        _buffer = new char[bufferSize];
        _text = new Utf8TextReader(stream);
        _columns = [];
        try
        {
            if (!ReadRecord("header")) throw new InputException($"{name} is empty; its first line must name the columns.");
            _columns = [.. Enumerable.Range(0, _ends.Count).Select(Field)];
            TableColumns.RefuseDuplicates(name, _columns);
        }
        catch
        {
            _text.Dispose();
            throw;
        }
    }

    public string Name { get; }

    public IReadOnlyList<string> Columns => _columns;

    public long Row { get; private set; }

    public string? this[int column] => Field(column);

    public TableCell Cell(int column) => TableCell.Of(Field(column));

    public bool Read()
    {
        if (!ReadRecord($"row {Row + 1}")) return false;
        Row++;
        if (_ends.Count == _columns.Length) return true;
        throw new InputException(
            $"{Name}, row {Row}: {_ends.Count} {(_ends.Count == 1 ? "field" : "fields")}, but the header names {_columns.Length} columns; " +
            "quote fields that hold the delimiter or a line break.");
    }

    public void Dispose() => _text.Dispose();

    private string Field(int index)
    {
        int start = index == 0 ? 0 : _ends[index - 1];
        return new string(_record, start, _ends[index] - start);
    }

    private bool ReadRecord(string where)
    {
        try
        {
            do
            {
                if (!ReadFields(where)) return false;
            } while (_ends.Count == 1 && _length == 0 && !_quoted);
            return true;
        }
        catch (DamagedTextException e)
        {
            throw new InputException($"{Name}, {where} {e.Message}.", e);
        }
    }

    private bool ReadFields(string where)
    {
        _ends.Clear();
        (_length, _quoted) = (0, false);
        int c = Next();
        if (c < 0) return false;
        while (true)
        {
            c = c == '"' ? Quoted(where) : Bare(c, where);
            _ends.Add(_length);
            if (c != _delimiter) break;
            c = Next();
        }
        if (c == '\r' && Fill() && _buffer[_position] == '\n') _position++;
        return true;
    }

    /// <summary>Reads a field after its opening quote; returns what comes after the closing one.</summary>
    private int Quoted(string where)
    {
        _quoted = true;
        while (Fill())
        {
            ReadOnlySpan<char> ahead = _buffer.AsSpan(_position, _available - _position);
            int quote = ahead.IndexOf('"');
            Append(quote < 0 ? ahead : ahead[..quote], where);
            _position += quote < 0 ? ahead.Length : quote + 1;
            if (quote < 0) continue;
            int c = Next();
            if (c < 0 || c == _delimiter || c is '\n' or '\r') return c;
            if (c != '"')
                throw new InputException(
                    $"{Name}, {where}: something stands between a closing quote and the delimiter; a quote inside a quoted field is written twice.");
            Append("\"", where);
        }
        throw new InputException($"{Name}, {where}: a quoted field that begins in it is never closed; add the closing quote, or write a quote that is meant as text twice in a quoted field.");
    }

    /// <summary>Reads a field without quotes from its first character; returns what ended it.</summary>
    private int Bare(int c, string where)
    {
        if (c < 0 || c == _delimiter || c is '\n' or '\r') return c;
        _position--;
        while (Fill())
        {
            ReadOnlySpan<char> ahead = _buffer.AsSpan(_position, _available - _position);
            int end = ahead.IndexOfAny(_delimiter, '\n', '\r');
            Append(end < 0 ? ahead : ahead[..end], where);
            _position += end < 0 ? ahead.Length : end + 1;
            if (end >= 0) return ahead[end];
        }
        return -1;
    }

    private int Next() => Fill() ? _buffer[_position++] : -1;

    private bool Fill()
    {
        if (_position < _available) return true;
        (_position, _available) = (0, _text.Read(_buffer.AsSpan()));
        return _available > 0;
    }

    private void Append(ReadOnlySpan<char> part, string where)
    {
        if (_length + part.Length > _record.Length)
        {
            if (_length + part.Length > LongestRow)
                throw new InputException($"{Name}, {where} is longer than {LongestRow} characters; perhaps a quote in it is never closed.");
            Array.Resize(ref _record, Math.Max(_record.Length * 2, _length + part.Length));
        }
        part.CopyTo(_record.AsSpan(_length));
        _length += part.Length;
    }
}
