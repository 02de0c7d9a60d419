namespace Llkd.Documents;

/// <summary>
/// A table read row by row, whatever its format. Rows stream: only the current one is in memory (of a Parquet file,
/// the columns asked for of the current row group). Not thread-safe.
/// </summary>
public interface ITable : IDisposable
{
    /// <summary>File name, or "standard input"; error messages begin with it.</summary>
    string Name { get; }

    /// <summary>
    /// Column names. Those of a JSON Lines file are the first row's keys at first; a key that comes up later is added
    /// at the end when its row is read.
    /// </summary>
    IReadOnlyList<string> Columns { get; }

    /// <summary>1-based number of the current data row (the header is not counted, nor are blank lines); 0 before the first.</summary>
    long Row { get; }

    /// <summary>Goes to the next row; false at the end.</summary>
    /// <exception cref="InputException">The row cannot be read; the message names file and row.</exception>
    bool Read();

    /// <summary>
    /// A cell of the current row as text: null where it has no value (in CSV and TSV an empty cell is an empty text).
    /// Numbers are written as in the file (JSON Lines) or in the shortest form that reads back (Parquet).
    /// </summary>
    /// <exception cref="InputException">The cell holds an object or a list, or a type that is not read.</exception>
    string? this[int column] { get; }

    /// <summary>A cell of the current row with its type, for copying it to another table.</summary>
    /// <exception cref="InputException">The cell cannot be read.</exception>
    TableCell Cell(int column);

    /// <summary>
    /// Whether the current row names the column: false where a JSON object lacks the key, which reads as no value just as a
    /// null does. Rows of other formats name every column.
    /// </summary>
    bool Names(int column) => true;
}

/// <summary>Formats of tables.</summary>
public enum TableFormat
{
    /// <summary>Comma-separated values, RFC 4180, UTF-8, with a header row.</summary>
    Csv,
    /// <summary>Tab-separated values with a header row, quoted as in CSV.</summary>
    Tsv,
    /// <summary>One JSON object a line, UTF-8.</summary>
    JsonLines,
    /// <summary>Apache Parquet with flat columns.</summary>
    Parquet,
}
