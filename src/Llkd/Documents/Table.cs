using Llkd.Tasks;

namespace Llkd.Documents;

/// <summary>Opens tables.</summary>
public static class Table
{
    /// <summary>Opens a file; its ending tells the format: .csv, .tsv, .jsonl or .ndjson, .parquet.</summary>
    /// <exception cref="InputException">The file is missing, unreadable, of another kind, or damaged at its head.</exception>
    public static ITable Open(string path)
    {
        TableFormat format = FormatOf(path);
        return Open(OpenFile(path, format == TableFormat.Parquet), format, path);
    }

    /// <summary>Opens a file of a task's data.</summary>
    /// <param name="path">The file.</param>
    /// <param name="format">What the task file says of its format.</param>
    /// <exception cref="InputException">The file is missing, unreadable, of another kind, or damaged at its head.</exception>
    public static ITable Open(string path, DataFormat format) => format switch
    {
        DataFormat.PubmedRct => new PubmedRctTable(OpenFile(path, seeks: false), path),
        _ => Open(path),
    };

    private static FileStream OpenFile(string path, bool seeks)
    {
        try
        {
            if (Directory.Exists(path)) throw new InputException($"{path} is a folder, not a table.");
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16,
                seeks ? FileOptions.None : FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{path}: there is no such file.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new InputException($"{path} cannot be opened: {e.Message}", e);
        }
    }

    /// <summary>Opens a stream, such as standard input; the table closes it.</summary>
    /// <param name="stream">The bytes. A Parquet file from a stream that cannot seek is taken into memory whole.</param>
    /// <param name="format">The format.</param>
    /// <param name="name">What error messages call it.</param>
    /// <exception cref="InputException">The table is damaged at its head.</exception>
    public static ITable Open(Stream stream, TableFormat format, string name = "standard input")
    {
        ArgumentNullException.ThrowIfNull(stream);
        return format switch
        {
            TableFormat.Csv => new CsvTable(stream, name, ','),
            TableFormat.Tsv => new CsvTable(stream, name, '\t'),
            TableFormat.JsonLines => new JsonLinesTable(stream, name),
            TableFormat.Parquet => new ParquetTable(stream, name),
            _ => throw new ArgumentOutOfRangeException(nameof(format)),
        };
    }

    /// <summary>The format a file name's ending stands for.</summary>
    /// <exception cref="InputException">It stands for none.</exception>
    public static TableFormat FormatOf(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".csv" => TableFormat.Csv,
            ".tsv" => TableFormat.Tsv,
            ".jsonl" or ".ndjson" => TableFormat.JsonLines,
            ".parquet" => TableFormat.Parquet,
            var ending => throw new InputException(
                $"{path}: a table's name ends in .csv, .tsv, .jsonl, .ndjson or .parquet, {(ending.Length == 0 ? "which this one lacks" : $"not in `{ending}`")}; rename{(ending == ".gz" ? ", unpack" : "")} or convert it."),
        };
    }
}
