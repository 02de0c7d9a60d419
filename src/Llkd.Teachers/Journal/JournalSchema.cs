using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Llkd.Teachers.Journal;

/// <summary>Tables of the journal, and whether a file is one of ours.</summary>
internal static class JournalSchema
{
    public const string OwnerKey = "owner";
    private const string VersionKey = "schema", TaskKey = "task", LabelsKey = "labels";
    private const int Version = 2;

    /// <summary>Larger files are not read through at opening; SQLite then notices damage where it reads.</summary>
    private const long LargestChecked = 256L << 20;

    private const string Tables = """
        CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE teachers (id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, description TEXT NOT NULL);
        CREATE TABLE labels (
            id INTEGER PRIMARY KEY,
            teacher INTEGER NOT NULL REFERENCES teachers (id),
            key BLOB NOT NULL,
            label INTEGER,
            confidence REAL,
            distribution BLOB,
            reply TEXT,
            promptTokens INTEGER NOT NULL,
            completionTokens INTEGER NOT NULL,
            failure TEXT,
            time TEXT NOT NULL,
            evidence TEXT,
            unseen REAL,
            UNIQUE (teacher, key));
        CREATE TABLE spending (
            session INTEGER PRIMARY KEY,
            teacher INTEGER NOT NULL REFERENCES teachers (id),
            started TEXT NOT NULL,
            asked INTEGER NOT NULL DEFAULT 0,
            answers INTEGER NOT NULL DEFAULT 0,
            rows INTEGER NOT NULL DEFAULT 0,
            promptTokens INTEGER NOT NULL DEFAULT 0,
            completionTokens INTEGER NOT NULL DEFAULT 0,
            seconds REAL NOT NULL DEFAULT 0,
            calls INTEGER NOT NULL DEFAULT 0,
            sent INTEGER NOT NULL DEFAULT 0,
            refused INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE plans (teacher TEXT PRIMARY KEY, plan TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE calibrations (
            teacher TEXT PRIMARY KEY, temperature REAL NOT NULL, texts INTEGER NOT NULL, before REAL NOT NULL, after REAL NOT NULL) WITHOUT ROWID;
        """;

    /// <summary>What version 2 has over version 1.</summary>
    private const string Second = """
        ALTER TABLE labels ADD COLUMN evidence TEXT;
        ALTER TABLE labels ADD COLUMN unseen REAL;
        ALTER TABLE spending ADD COLUMN calls INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE spending ADD COLUMN sent INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE spending ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE plans (teacher TEXT PRIMARY KEY, plan TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE calibrations (
            teacher TEXT PRIMARY KEY, temperature REAL NOT NULL, texts INTEGER NOT NULL, before REAL NOT NULL, after REAL NOT NULL) WITHOUT ROWID;
        """;

    /// <summary>Creates the tables in an empty file; in any other, sees to it that it is a sound journal of this task.</summary>
    public static void Prepare(SqliteConnection connection, string path, string taskName, IReadOnlyList<string> labels)
    {
        // Nothing is written, not even the journal mode, before it is known whose file this is.
        bool empty = Scalar(connection, "SELECT count(*) FROM sqlite_schema") is 0L;
        if (!empty) Verify(connection, path, taskName, labels);
        Run(connection, "PRAGMA journal_mode = WAL");
        Run(connection, "PRAGMA synchronous = FULL");
        // 16 MB each: a commit of thousands of rows touches as many pages of the index of keys, and changes some of them again in the next.
        Run(connection, "PRAGMA cache_size = -16384");
        Run(connection, "PRAGMA wal_autocheckpoint = 4096");
        using SqliteTransaction transaction = connection.BeginTransaction();
        if (empty)
        {
            Run(connection, Tables);
            WriteMeta(connection, VersionKey, Version.ToString(CultureInfo.InvariantCulture));
            WriteMeta(connection, TaskKey, taskName);
            WriteMeta(connection, LabelsKey, JsonSerializer.Serialize(labels));
        }
        else if (ReadMeta(connection, VersionKey) == "1")
        {
            Run(connection, Second);
            WriteMeta(connection, VersionKey, Version.ToString(CultureInfo.InvariantCulture));
        }
        WriteMeta(connection, OwnerKey, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        transaction.Commit();
    }

    /// <summary>A value of the meta table, or null.</summary>
    public static string? ReadMeta(SqliteConnection connection, string key)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT value FROM meta WHERE key = $key";
        command.Parameters.AddWithValue("$key", key);
        return command.ExecuteScalar() as string;
    }

    private static void Verify(SqliteConnection connection, string path, string taskName, IReadOnlyList<string> labels)
    {
        if (Scalar(connection, "SELECT count(*) FROM sqlite_schema WHERE name IN ('meta', 'teachers', 'labels', 'spending') AND type = 'table'") is not 4L)
            throw new InputException($"{path}: this SQLite database is not a label journal. Choose another output folder.");
        if (new FileInfo(path).Length <= LargestChecked && Scalar(connection, "PRAGMA quick_check(1)") is not "ok")
            throw Damaged(path);
        if (!int.TryParse(ReadMeta(connection, VersionKey), NumberStyles.None, CultureInfo.InvariantCulture, out int version))
            throw Damaged(path);
        if (version > Version)
            throw new InputException($"{path}: this label journal was made by a newer version of llkd (its schema is {version}, this version reads up to {Version}). Update llkd, or choose another output folder.");
        if (ReadMeta(connection, TaskKey) is not { } task || ReadMeta(connection, LabelsKey) is not { } stored) throw Damaged(path);
        if (task != taskName)
            throw new InputException($"{path}: this label journal belongs to the task '{task}', not to '{taskName}'. Choose another output folder.");
        string[] names;
        try
        {
            names = JsonSerializer.Deserialize<string[]>(stored) ?? [];
        }
        catch (JsonException e)
        {
            throw Damaged(path, e);
        }
        if (!names.SequenceEqual(labels, StringComparer.Ordinal))
            throw new InputException($"{path}: this label journal was made with other labels: {Difference(names, labels)}. Give the task the labels it had, or choose another output folder.");
    }

    private static string Difference(string[] journal, IReadOnlyList<string> task)
    {
        string? gone = journal.Except(task).FirstOrDefault(), added = task.Except(journal).FirstOrDefault();
        return (gone, added) switch
        {
            (null, null) => $"the same ones in another order, {string.Join(", ", journal)}",
            (null, _) => $"it does not have '{added}'",
            (_, null) => $"it has '{gone}', which the task does not have",
            _ => $"it has '{gone}', the task has '{added}'",
        };
    }

    public static InputException Damaged(string path, Exception? cause = null) => new(
        $"{path}: the label journal is damaged, or is no SQLite database. Put a backup in its place; or rescue what can be read with `sqlite3 {Path.GetFileName(path)} .recover`; or remove it to label anew.", cause);

    private static void WriteMeta(SqliteConnection connection, string key, string value)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "INSERT INTO meta VALUES ($key, $value) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        command.Parameters.AddWithValue("$key", key);
        command.Parameters.AddWithValue("$value", value);
        command.ExecuteNonQuery();
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Only the constants of this file come here.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Only the constants of this file come here.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }
}
