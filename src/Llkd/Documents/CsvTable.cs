using Sylvan.Data.Csv;

namespace Llkd.Documents;

/// <summary>CSV and TSV after RFC 4180; the header row is required, and every row has as many fields as it.</summary>
internal sealed class CsvTable : ITable
{
    /// <summary>Longest row, in characters. A quote that is never closed would otherwise take a file of any size into memory.</summary>
    internal const int LongestRow = 1 << 26;

    private readonly CsvDataReader _reader;
    private readonly string[] _columns;

    public CsvTable(Stream stream, string name, char delimiter, int bufferSize = 1 << 16)
    {
        Name = name;
        TextReader text = new Utf8TextReader(stream);
        try
        {
            // Sylvan's defaults would skip lines that begin with '#'; a text may well be a hashtag. NUL never gets here.
            _reader = Guard(() => CsvDataReader.Create(text, new CsvDataReaderOptions
            {
                HasHeaders = false,
                Delimiter = delimiter,
                Quote = '"',
                Escape = '"',
                Comment = '\0',
                CsvStyle = CsvStyle.Standard,
                BufferSize = bufferSize,
                MaxBufferSize = LongestRow,
                ResultSetMode = ResultSetMode.SingleResult,
            }));
            if (!Guard(_reader.Read))
                throw new InputException($"{name} is empty; its first line must name the columns.");
            _columns = new string[_reader.RowFieldCount];
            for (int i = 0; i < _columns.Length; i++) _columns[i] = _reader.GetString(i);
        }
        catch
        {
            text.Dispose();
            throw;
        }
        TableColumns.RefuseDuplicates(name, _columns);
    }

    public string Name { get; }

    public IReadOnlyList<string> Columns => _columns;

    public long Row { get; private set; }

    public string? this[int column] => _reader.GetString(column);

    public TableCell Cell(int column) => TableCell.Of(this[column]);

    public bool Read()
    {
        while (Guard(_reader.Read))
        {
            int fields = _reader.RowFieldCount;
            // A blank line: in a table of one column it is an empty cell, elsewhere no row at all.
            if (fields == 1 && _columns.Length > 1 && _reader.GetString(0).Length == 0) continue;
            Row++;
            if (fields != _columns.Length)
                throw new InputException(
                    $"{Name}, row {Row}: {fields} {(fields == 1 ? "field" : "fields")}, but the header names {_columns.Length} columns; " +
                    "quote fields that hold the delimiter or a line break.");
            return true;
        }
        return false;
    }

    public void Dispose() => _reader.Dispose();

    private T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (DamagedTextException e)
        {
            throw new InputException($"{Where} {e.Message}.", e);
        }
        catch (InvalidDataException e)
        {
            throw new InputException($"{Where} cannot be unpacked: the gzip data is damaged or cut off.", e);
        }
        catch (CsvRecordTooLargeException e)
        {
            throw new InputException($"{Where} is longer than {LongestRow} characters; perhaps a quote in it is never closed.", e);
        }
        catch (CsvFormatException e)
        {
            // Sylvan numbers fields and characters differently by case; the row is what the user can find.
            string what = e.Message.Contains("end of the input", StringComparison.Ordinal)
                ? "a quoted field that begins in it is never closed"
                : "something stands between a closing quote and the delimiter; a quote inside a quoted field is written twice";
            throw new InputException($"{Where}: {what}.", e);
        }
    }

    private string Where => _columns is null ? $"{Name}, header" : $"{Name}, row {Row + 1}";
}
