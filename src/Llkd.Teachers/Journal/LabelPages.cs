using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Llkd.Teachers.Journal;

/// <summary>
/// Rows in pages through SQLite's own interface, where ten million are read: a data reader makes arrays and boxes for each.
/// Between pages no transaction is open.
/// </summary>
internal sealed class LabelPages : IDisposable
{
    /// <summary>Takes the two blobs of a row; they are valid during the call only.</summary>
    public delegate void Visitor(ReadOnlySpan<byte> key, ReadOnlySpan<byte> distribution);

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private readonly int _rows;
    private long _last;

    /// <summary>Prepares the statement.</summary>
    /// <param name="connection">The database.</param>
    /// <param name="sql">Selects id, key and distribution where the id is above ?1 and the teacher is ?2, in the order of ids, ?3 at most.</param>
    /// <param name="teacher">Row id of the teacher.</param>
    /// <param name="rows">Rows in a page.</param>
    /// <exception cref="SqliteException">SQLite refuses it.</exception>
    public LabelPages(SqliteConnection connection, string sql, long teacher, int rows)
    {
        (_database, _rows) = (connection.Handle!, rows);
        Check(raw.sqlite3_prepare_v2(_database, sql, out _statement));
        Check(raw.sqlite3_bind_int64(_statement, 2, teacher));
        Check(raw.sqlite3_bind_int64(_statement, 3, rows));
    }

    /// <summary>Shows the next page.</summary>
    /// <returns>Whether there may be another.</returns>
    /// <exception cref="SqliteException">Reading failed.</exception>
    public bool Read(Visitor show)
    {
        Check(raw.sqlite3_bind_int64(_statement, 1, _last));
        int count = 0;
        try
        {
            int result;
            while ((result = raw.sqlite3_step(_statement)) == raw.SQLITE_ROW)
            {
                _last = raw.sqlite3_column_int64(_statement, 0);
                count++;
                show(raw.sqlite3_column_blob(_statement, 1), raw.sqlite3_column_blob(_statement, 2));
            }
            if (result != raw.SQLITE_DONE) Check(result);
        }
        finally
        {
            // It repeats the error of a step that failed.
            _ = raw.sqlite3_reset(_statement);
        }
        return count == _rows;
    }

    public void Dispose() => _statement.Dispose();

    private void Check(int result)
    {
        if (result != raw.SQLITE_OK) SqliteException.ThrowExceptionForRC(result, _database);
    }
}
