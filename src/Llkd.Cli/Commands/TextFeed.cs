using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Llkd.Documents;

namespace Llkd.Cli.Commands;

/// <summary>A row to be labelled.</summary>
/// <param name="Number">1-based number in its table.</param>
/// <param name="Keys">Its own keys, one a cell; null where all rows have the table's columns.</param>
/// <param name="Cells">What is copied to the output.</param>
/// <param name="Text">The text; null where the row has none.</param>
internal readonly record struct TextRow(long Number, string[]? Keys, TableCell[] Cells, string? Text);

/// <summary>What to read of a table.</summary>
/// <param name="TextColumn">Name of the text column.</param>
/// <param name="TextKey">The option or key that names it, for the message when there is none.</param>
/// <param name="Added">Columns the output adds, which the table must not have.</param>
/// <param name="OwnKeys">Whether every row may have keys of its own, as in JSON Lines to JSON Lines.</param>
/// <param name="Skip">Rows at the beginning that were answered already.</param>
internal sealed record TextFeedOptions(string TextColumn, string TextKey, IReadOnlyList<TableColumn> Added, bool OwnKeys, long Skip = 0);

/// <summary>
/// Reads a table on a thread of its own: a read from a pipe or a terminal cannot be cancelled, and what has come must
/// be answered while the next row is waited for.
/// </summary>
internal sealed class TextFeed : IDisposable
{
    /// <summary>Rows read ahead; also how many rows may come before the first that names the text column.</summary>
    public const int Ahead = 256;

    private readonly TaskCompletionSource<IReadOnlyList<TableColumn>> _columns = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Neither is disposed: the thread may still wait in a read when the process ends, and must not find them gone.
    private readonly BlockingCollection<TextRow> _rows = new(Ahead);
    private readonly CancellationTokenSource _stop = new();

    private readonly TextFeedOptions _options;
    private readonly HashSet<string> _added;
    private ExceptionDispatchInfo? _failure;
    private volatile FileStream? _source;

    /// <summary>Starts to read.</summary>
    /// <param name="open">Opens the table; called on the feed's thread, as it may read, and wait, too. It is given what to tell the file to, for <see cref="Total"/>.</param>
    /// <param name="options">What to read.</param>
    public TextFeed(Func<Action<FileStream>, ITable> open, TextFeedOptions options)
    {
        _options = options;
        _added = [.. options.Added.Select(column => column.Name)];
        new Thread(() => Run(open)) { IsBackground = true, Name = "input" }.Start();
    }

    /// <summary>The table's columns, those of its first row; fails where the table cannot be opened.</summary>
    public Task<IReadOnlyList<TableColumn>> Columns => _columns.Task;

    /// <summary>Whether all rows were taken; <see cref="ThrowIfFailed"/> tells whether they were all there are.</summary>
    public bool Ended => _rows.IsCompleted;

    /// <summary>About how many rows there are in all, by the share of the file that is read; at least one more than done.</summary>
    public long Total(long done)
    {
        if (_source is not { } file) return done + 1;
        try
        {
            // What is read ahead counts as done, so the total comes out a little low at first and right in the end.
            return Math.Max(done + 1, (long)((double)(done + _rows.Count) * file.Length / Math.Max(1, file.Position)));
        }
        catch (ObjectDisposedException)
        {
            return done + 1;
        }
    }

    /// <summary>Takes the next row; false where none came in time or the table has ended.</summary>
    public bool TryTake(out TextRow row, TimeSpan patience, CancellationToken cancellationToken) =>
        _rows.TryTake(out row, (int)patience.TotalMilliseconds, cancellationToken);

    /// <summary>Throws what ended the reading before the table's end.</summary>
    public void ThrowIfFailed() => _failure?.Throw();

    public void Dispose() => _stop.Cancel();

    private void Run(Func<Action<FileStream>, ITable> open)
    {
        try
        {
            using ITable table = open(file => _source = file);
            Read(table);
        }
#pragma warning disable CA1031 // Whatever it is, it is thrown again where the rows are taken.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _failure = ExceptionDispatchInfo.Capture(e);
            _columns.TrySetException(e);
        }
        finally
        {
            _rows.CompleteAdding();
        }
    }

    private void Read(ITable table)
    {
        bool more = table.Read();
        int text = _options.OwnKeys ? table.Find(_options.TextColumn) : table.Require(_options.TextColumn, _options.TextKey);
        IReadOnlyList<TableColumn> columns = TableWriter.ColumnsOf(table);
        foreach (TableColumn column in columns)
            if (_added.Contains(column.Name)) throw new InputException($"{table.Name}: a column is named `{column.Name}` already; rename it.");
        _columns.SetResult(columns);
        for (long skipped = 0; more && skipped < _options.Skip; skipped++)
        {
            if (text < 0) text = table.Find(_options.TextColumn);
            more = table.Read();
        }
        // A name that is mistyped must not go through as a table of rows without a text.
        var held = new List<TextRow>();
        for (; more && held.Count < Ahead; more = table.Read())
        {
            if (text < 0) text = table.Find(_options.TextColumn);
            held.Add(_options.OwnKeys ? OwnRow(table, text) : CommonRow(table, text, columns.Count));
            if (text < 0) continue;
            foreach (TextRow row in held) _rows.Add(row, _stop.Token);
            held.Clear();
        }
        if (text < 0) table.Require(_options.TextColumn, _options.TextKey);
    }

    private static TextRow CommonRow(ITable table, int text, int columns)
    {
        if (table.Columns.Count > columns)
            throw new InputException($"{table.Name}, row {table.Row}: the key `{table.Columns[columns]}` is not in the first row; every row must have the first row's keys, unless JSON Lines are written.");
        var cells = new TableCell[columns];
        for (int c = 0; c < columns; c++) cells[c] = table.Cell(c);
        return new TextRow(table.Row, null, cells, table[text]);
    }

    private TextRow OwnRow(ITable table, int text)
    {
        var keys = new List<string>();
        var cells = new List<TableCell>();
        for (int c = 0; c < table.Columns.Count; c++)
        {
            if (!table.Names(c)) continue;
            string key = table.Columns[c];
            if (_added.Contains(key)) throw new InputException($"{table.Name}, row {table.Row}: a key is named `{key}` already; rename it.");
            keys.Add(key);
            cells.Add(table.Cell(c));
        }
        return new TextRow(table.Row, [.. keys], [.. cells], text < 0 ? null : table[text]);
    }
}
