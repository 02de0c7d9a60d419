using Llkd.Documents;
using Llkd.Labels;
using Llkd.Teachers.Journal;
using Microsoft.Data.Sqlite;

namespace Llkd.Teachers;

/// <summary>
/// The teachers' answers on disk (SQLite, write-ahead log, synced at every commit): one row for each teacher and text,
/// written once. A label is never overwritten; a failure is replaced by whatever comes later. Open in one process at a
/// time; its members may be called from several threads.
/// </summary>
public sealed partial class LabelJournal : IDisposable
{
    private const int PageRows = 1000;

    private readonly Lock _gate = new();
    private readonly FileStream _lock;
    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, long> _teachers = [];
    private readonly Dictionary<long, long> _sessions = [];

    private LabelJournal(string path, IReadOnlyList<string> labels, FileStream @lock, SqliteConnection connection)
    {
        Path = path;
        Labels = labels;
        _lock = @lock;
        _connection = connection;
    }

    /// <summary>Full path of the file.</summary>
    public string Path { get; }

    /// <summary>Label names, [classes].</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>Opens a journal, or creates it and its folder.</summary>
    /// <param name="path">The file, by custom `labels.db` in the run's folder.</param>
    /// <param name="taskName">Name of the task; a journal belongs to one.</param>
    /// <param name="labels">Label names in the task's order, [classes].</param>
    /// <exception cref="InputException">The file belongs to another task or other labels, is damaged, is no label journal, comes from a newer version, or cannot be written.</exception>
    /// <exception cref="RunFailedException">Another process has it open, or the disk failed.</exception>
    public static LabelJournal Open(string path, string taskName, IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(taskName);
        ArgumentNullException.ThrowIfNull(labels);
        string full = System.IO.Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(full)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{full}: the folder of the label journal cannot be made: {e.Message} Choose another output folder.", e);
        }
        FileStream held = JournalLock.Take(full);
        SqliteConnection? connection = null;
        try
        {
            connection = new SqliteConnection(new SqliteConnectionStringBuilder
            {
                DataSource = full,
                Pooling = false,
                DefaultTimeout = 30,
            }.ToString());
            connection.Open();
            JournalSchema.Prepare(connection, full, taskName, labels);
            var journal = new LabelJournal(full, [.. labels], held, connection);
            journal.TakeCallsOfKilledSession();
            return journal;
        }
        catch (Exception e)
        {
            connection?.Dispose();
            held.Dispose();
            if (e is SqliteException cause) throw Explain(full, cause);
            throw;
        }
    }

    /// <summary>Closes the file and lets other processes in.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _calls?.Dispose();
            _insert?.Dispose();
            _connection.Dispose();
            _lock.Dispose();
        }
    }

    /// <summary>What an error of SQLite means to the user.</summary>
    private static Exception Explain(string path, SqliteException e)
    {
        const int ReadOnly = 8, InputOutput = 10, Corrupt = 11, Full = 13, CannotOpen = 14, NoDatabase = 26, Busy = 5, Locked = 6;
        const string Kept = "Every label committed so far is kept; the same command goes on from there.";
        return e.SqliteErrorCode switch
        {
            Corrupt or NoDatabase => JournalSchema.Damaged(path, e),
            ReadOnly or CannotOpen => new InputException($"{path}: the label journal cannot be written ({e.Message}). Check its permissions, or choose another output folder.", e),
            Full => new RunFailedException($"{path}: the disk is full. {Kept} Free some space first.", e),
            InputOutput => new RunFailedException($"{path}: the disk failed or is full ({e.Message}). {Kept} Check the disk first.", e),
            Busy or Locked => new RunFailedException($"{path}: another program keeps the label journal locked. {Kept} Close that program first.", e),
            _ => new RunFailedException($"{path}: the label journal failed ({e.Message}). {Kept}", e),
        };
    }

    /// <summary>Runs one piece of work on the connection, alone, with SQLite's errors explained.</summary>
    private T Use<T>(Func<T> work)
    {
        lock (_gate)
        {
            try
            {
                return work();
            }
            catch (SqliteException e)
            {
                throw Explain(Path, e);
            }
        }
    }

    private SqliteCommand Command(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        SqliteCommand command = _connection.CreateCommand();
#pragma warning disable CA2100 // Every statement is a constant of this class; values are parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach ((string name, object? value) in parameters) command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }

    /// <summary>Row id of a teacher, or −1 where the journal does not know it. Called inside <see cref="Use"/>.</summary>
    private long TeacherId(TeacherFingerprint teacher)
    {
        if (_teachers.TryGetValue(teacher.Hash, out long id)) return id;
        using SqliteCommand select = Command("SELECT id FROM teachers WHERE hash = $hash", ("$hash", teacher.Hash));
        if (select.ExecuteScalar() is not long found) return -1;
        _teachers.Add(teacher.Hash, found);
        return found;
    }
}
