using System.Buffers.Binary;
using Llkd.Labels;
using Llkd.Numerics;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Llkd.Teachers.Journal;

/// <summary>
/// The statement that makes a row, prepared once and bound by position through SQLite's own interface: parameters bound by
/// name and boxed took three times as long as SQLite did, which counts where a teacher labels a hundred thousand texts a second.
/// </summary>
internal sealed class LabelInsert : IDisposable
{
    private const string Sql = """
        INSERT INTO labels (teacher, time, key, label, confidence, distribution, reply, promptTokens, completionTokens, failure, evidence, unseen)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
        ON CONFLICT (teacher, key) DO UPDATE SET
            label = excluded.label, confidence = excluded.confidence, distribution = excluded.distribution,
            reply = excluded.reply, promptTokens = excluded.promptTokens, completionTokens = excluded.completionTokens,
            failure = excluded.failure, time = excluded.time,
            evidence = excluded.evidence, unseen = excluded.unseen
        WHERE labels.label IS NULL
        """;

    private const int Teacher = 1, Time = 2, Key = 3, Label = 4, Confidence = 5, Distribution = 6, Reply = 7,
        PromptTokens = 8, CompletionTokens = 9, Failure = 10, Evidence = 11, Unseen = 12;

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private byte[] _bytes = new byte[64];

    /// <summary>Prepares the statement.</summary>
    /// <exception cref="SqliteException">SQLite refuses it.</exception>
    public LabelInsert(SqliteConnection connection)
    {
        _database = connection.Handle!;
        Expect(raw.SQLITE_OK, raw.sqlite3_prepare_v2(_database, Sql, out _statement));
    }

    /// <summary>What all rows have in common until the next call.</summary>
    public void Begin(long teacher, string time)
    {
        Expect(raw.SQLITE_OK, raw.sqlite3_bind_int64(_statement, Teacher, teacher));
        Expect(raw.SQLITE_OK, raw.sqlite3_bind_text(_statement, Time, time));
    }

    /// <summary>Makes or changes an answer's row; one that holds a label stays as it is.</summary>
    /// <returns>Rows made or changed, 0 or 1.</returns>
    /// <exception cref="SqliteException">It fails; no part of the row is left.</exception>
    public int Run(TeacherLabel answer)
    {
        BinaryPrimitives.WriteUInt64BigEndian(_bytes, answer.Key.High);
        BinaryPrimitives.WriteUInt64BigEndian(_bytes.AsSpan(8), answer.Key.Low);
        Expect(raw.SQLITE_OK, raw.sqlite3_bind_blob(_statement, Key, _bytes.AsSpan(0, 16)));
        if (answer.Distribution is { } q)
        {
            int best = Softmax.ArgMax(q);
            Expect(raw.SQLITE_OK, raw.sqlite3_bind_int64(_statement, Label, best));
            Expect(raw.SQLITE_OK, raw.sqlite3_bind_double(_statement, Confidence, q[best]));
            Expect(raw.SQLITE_OK, raw.sqlite3_bind_blob(_statement, Distribution, Bytes(q)));
            Expect(raw.SQLITE_OK, raw.sqlite3_bind_null(_statement, Failure));
        }
        else
        {
            Expect(raw.SQLITE_OK, raw.sqlite3_bind_null(_statement, Label));
            Expect(raw.SQLITE_OK, raw.sqlite3_bind_null(_statement, Confidence));
            Expect(raw.SQLITE_OK, raw.sqlite3_bind_null(_statement, Distribution));
            BindText(Failure, answer.Failure);
        }
        BindText(Reply, answer.RawReply);
        Expect(raw.SQLITE_OK, raw.sqlite3_bind_int64(_statement, PromptTokens, answer.PromptTokens));
        Expect(raw.SQLITE_OK, raw.sqlite3_bind_int64(_statement, CompletionTokens, answer.CompletionTokens));
        BindText(Evidence, answer.Evidence);
        Expect(raw.SQLITE_OK, answer.Unseen is { } tail
            ? raw.sqlite3_bind_double(_statement, Unseen, tail) : raw.sqlite3_bind_null(_statement, Unseen));
        try
        {
            Expect(raw.SQLITE_DONE, raw.sqlite3_step(_statement));
        }
        catch
        {
            // It repeats the error, and must come before the statement is used again.
            _ = raw.sqlite3_reset(_statement);
            throw;
        }
        int rows = raw.sqlite3_changes(_database);
        Expect(raw.SQLITE_OK, raw.sqlite3_reset(_statement));
        return rows;
    }

    public void Dispose() => _statement.Dispose();

    private void BindText(int parameter, string? text) => Expect(raw.SQLITE_OK, text is null
        ? raw.sqlite3_bind_null(_statement, parameter) : raw.sqlite3_bind_text(_statement, parameter, text));

    private void Expect(int expected, int result)
    {
        if (result != expected) SqliteException.ThrowExceptionForRC(result, _database);
    }

    /// <summary>Single precision, little-endian.</summary>
    private ReadOnlySpan<byte> Bytes(float[] q)
    {
        int length = q.Length * sizeof(float);
        if (_bytes.Length < length) _bytes = new byte[length];
        for (int k = 0; k < q.Length; k++) BinaryPrimitives.WriteSingleLittleEndian(_bytes.AsSpan(k * sizeof(float)), q[k]);
        return _bytes.AsSpan(0, length);
    }
}
