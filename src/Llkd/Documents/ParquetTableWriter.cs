using System.Globalization;
using Parquet;
using Parquet.Schema;

namespace Llkd.Documents;

/// <summary>Apache Parquet; every column may hold nothing. A row group is what fits the two limits below.</summary>
internal sealed class ParquetTableWriter : TableWriter
{
    private const int RowsPerGroup = 100_000;
    private const long CharactersPerGroup = 1 << 25;

    private readonly Stream _target;
    private readonly Stream _stream;
    private readonly DataField[] _fields;
    private readonly List<string?>[] _cells;
    private ParquetWriter? _writer;
    private long _characters;

    public ParquetTableWriter(Stream stream, IReadOnlyList<TableColumn> columns) : base(columns)
    {
        if (columns.Any(column => column.Name.Length == 0))
            throw new InputException("A Parquet table's columns all need a name, and one has none; write another format or name the column.");
        _target = stream;
        // Offsets in the footer count from the file's start; a pipe has no position to count from.
        _stream = stream.CanSeek && stream.Position == 0 ? stream : new MemoryStream();
        _fields = [.. columns.Select(column => new DataField(column.Name, column.Kind switch
        {
            TableColumnKind.Number => typeof(double),
            TableColumnKind.WholeNumber => typeof(long),
            _ => typeof(string),
        }, isNullable: true))];
        _cells = [.. columns.Select(_ => new List<string?>())];
        _writer = ParquetWriter.CreateAsync(new ParquetSchema(_fields), _stream).GetAwaiter().GetResult();
    }

    private protected override void WriteRow(ReadOnlySpan<TableCell> cells)
    {
        for (int i = 0; i < cells.Length; i++)
            if (cells[i].Text is { } text && !Fits(text, Columns[i].Kind))
                throw new ArgumentException($"Column `{Columns[i].Name}` holds numbers, and `{text}` is none.");
        for (int i = 0; i < cells.Length; i++)
        {
            _cells[i].Add(cells[i].Text);
            _characters += cells[i].Text?.Length ?? 0;
        }
        if (_cells[0].Count >= RowsPerGroup || _characters >= CharactersPerGroup) WriteGroup();
    }

    private protected override void Finish()
    {
        if (_writer is null) return;
        if (_cells[0].Count > 0) WriteGroup();
        _writer.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _writer = null;
        if (_stream == _target) return;
        _stream.Position = 0;
        _stream.CopyTo(_target);
        _target.Flush();
    }

    private protected override void Release() => _writer = null;

    private static bool Fits(string text, TableColumnKind kind) => kind switch
    {
        TableColumnKind.Number => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _),
        TableColumnKind.WholeNumber => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
        _ => true,
    };

    private void WriteGroup()
    {
        using ParquetRowGroupWriter group = _writer!.CreateRowGroup();
        for (int i = 0; i < _fields.Length; i++)
        {
            List<string?> cells = _cells[i];
            switch (Columns[i].Kind)
            {
                case TableColumnKind.Number:
                    Wait(group.WriteAsync<double>(_fields[i], cells.Select(c => c is null ? (double?)null
                        : double.Parse(c, NumberStyles.Float, CultureInfo.InvariantCulture)).ToArray()));
                    break;
                case TableColumnKind.WholeNumber:
                    Wait(group.WriteAsync<long>(_fields[i], cells.Select(c => c is null ? (long?)null
                        : long.Parse(c, CultureInfo.InvariantCulture)).ToArray()));
                    break;
                default:
                    Wait(group.WriteAsync(_fields[i], cells!));
                    break;
            }
            cells.Clear();
        }
        _characters = 0;
    }

    private static void Wait(ValueTask task) => task.AsTask().GetAwaiter().GetResult();

    private static void Wait(Task task) => task.GetAwaiter().GetResult();
}
