namespace Llkd.Documents;

/// <summary>What a column of a written table holds; only Parquet needs to know it beforehand.</summary>
public enum TableColumnKind
{
    /// <summary>Texts; a number is written as its text.</summary>
    Text,
    /// <summary>Numbers in double precision.</summary>
    Number,
    /// <summary>64-bit whole numbers.</summary>
    WholeNumber,
}

/// <summary>A column of a table to be written.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What it holds; default: texts.</param>
public sealed record TableColumn(string Name, TableColumnKind Kind = TableColumnKind.Text);

/// <summary>
/// Writes a table row by row. A file stands under its name only when it is whole: rows go to a temporary file beside
/// it, and <see cref="Complete"/> renames that; disposing without it leaves nothing behind. Not thread-safe.
/// </summary>
public abstract class TableWriter : IDisposable
{
    private AtomicFile? _file;

    /// <summary>Takes the columns.</summary>
    private protected TableWriter(IReadOnlyList<TableColumn> columns)
    {
        if (columns.Count == 0) throw new ArgumentException("A table has at least one column.", nameof(columns));
        if (columns.DistinctBy(column => column.Name).Count() != columns.Count)
            throw new ArgumentException("Two columns have the same name.", nameof(columns));
        Columns = columns;
    }

    /// <summary>The columns, in order.</summary>
    public IReadOnlyList<TableColumn> Columns { get; }

    /// <summary>Sees to it that a file's name is one <see cref="Create(string, IReadOnlyList{TableColumn})"/> takes, before work is done whose result it is to hold.</summary>
    /// <exception cref="InputException">The ending stands for no format that is written, or a folder has that name.</exception>
    public static void RequireWritable(string path)
    {
        Table.FormatOf(path);
        if (Directory.Exists(path)) throw new InputException($"{path} is a folder; name a file.");
    }

    /// <summary>Starts a file; its ending tells the format (see <see cref="Table.FormatOf"/>).</summary>
    /// <exception cref="InputException">The ending stands for no format, or the file cannot be made.</exception>
    public static TableWriter Create(string path, IReadOnlyList<TableColumn> columns)
    {
        RequireWritable(path);
        TableFormat format = Table.FormatOf(path);
        var file = new AtomicFile(path);
        try
        {
            TableWriter writer = Create(file.Stream, format, columns);
            writer._file = file;
            return writer;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Starts a table on a stream, such as standard output. The stream stays open; a Parquet table reaches it on <see cref="Complete"/>.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="format">The format.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="header">Whether CSV and TSV begin with the columns' names; not where rows are added to a table.</param>
    public static TableWriter Create(Stream stream, TableFormat format, IReadOnlyList<TableColumn> columns, bool header = true)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(columns);
        return format switch
        {
            TableFormat.Csv => new CsvTableWriter(stream, ',', columns, header),
            TableFormat.Tsv => new CsvTableWriter(stream, '\t', columns, header),
            TableFormat.JsonLines => new JsonLinesTableWriter(stream, columns),
            TableFormat.Parquet => new ParquetTableWriter(stream, columns),
            _ => throw new ArgumentOutOfRangeException(nameof(format)),
        };
    }

    /// <summary>The columns of a table as they would be written, for a copy with further columns.</summary>
    public static IReadOnlyList<TableColumn> ColumnsOf(ITable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return [.. table.Columns.Select((name, i) =>
            new TableColumn(name, table is ParquetTable parquet ? parquet.KindOf(i) : TableColumnKind.Text))];
    }

    /// <summary>Writes a row.</summary>
    /// <param name="cells">One cell a column.</param>
    /// <exception cref="ArgumentException">Another number of cells, a text in a column of numbers, or a text that is no Unicode (half a surrogate pair, a NUL).</exception>
    public void Write(params ReadOnlySpan<TableCell> cells)
    {
        if (cells.Length != Columns.Count)
            throw new ArgumentException($"{cells.Length} cells for {Columns.Count} columns.", nameof(cells));
        for (int i = 0; i < cells.Length; i++)
            if (cells[i].Text is { } text) RefuseBroken(text, Columns[i].Name);
        WriteRow(cells);
    }

    /// <summary>Writes a row with keys of its own, whatever the columns; only a JSON Lines table has such rows.</summary>
    /// <param name="keys">The keys, each once.</param>
    /// <param name="cells">One cell a key.</param>
    /// <exception cref="NotSupportedException">The format has one set of columns for all rows.</exception>
    /// <exception cref="ArgumentException">Another number of cells, a key twice, or a text that is no Unicode (half a surrogate pair, a NUL).</exception>
    public void WriteObject(IReadOnlyList<string> keys, params ReadOnlySpan<TableCell> cells)
    {
        ArgumentNullException.ThrowIfNull(keys);
        if (cells.Length != keys.Count) throw new ArgumentException($"{cells.Length} cells for {keys.Count} keys.", nameof(cells));
        if (keys.Distinct().Count() != keys.Count) throw new ArgumentException("A key comes twice.", nameof(keys));
        for (int i = 0; i < cells.Length; i++)
            if (cells[i].Text is { } text) RefuseBroken(text, keys[i]);
        WriteRowOf(keys, cells);
    }

    /// <summary>Hands the rows written so far to the stream. Parquet keeps them until <see cref="Complete"/>.</summary>
    public virtual void Flush() { }

    /// <summary>Writes what is left and, for a file, puts it under its name.</summary>
    /// <exception cref="RunFailedException">The file cannot be written to its end.</exception>
    public void Complete()
    {
        Finish();
        _file?.Complete();
    }

    /// <summary>Gives everything up that was not completed.</summary>
    public void Dispose()
    {
        Release();
        _file?.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected abstract void WriteRow(ReadOnlySpan<TableCell> cells);

    private protected virtual void WriteRowOf(IReadOnlyList<string> keys, ReadOnlySpan<TableCell> cells) =>
        throw new NotSupportedException("Only rows of a JSON Lines table may have keys of their own.");

    private protected abstract void Finish();

    private protected abstract void Release();

    private static void RefuseBroken(string text, string column)
    {
        ReadOnlySpan<char> rest = text;
        for (int at; (at = rest.IndexOfAnyInRange('\ud800', '\udfff')) >= 0; rest = rest[(at + 2)..])
            if (at + 1 >= rest.Length || !char.IsSurrogatePair(rest[at], rest[at + 1]))
                throw new ArgumentException($"Column `{column}`: half a surrogate pair is no character.");
        if (text.Contains('\0', StringComparison.Ordinal)) throw new ArgumentException($"Column `{column}`: a NUL is no text.");
    }
}
