using System.Globalization;
using Llkd.Labels;
using Llkd.Teachers.Journal;
using Microsoft.Data.Sqlite;

namespace Llkd.Teachers;

public sealed partial class LabelJournal
{
    private LabelInsert? _insert;

    private const string Spend = """
        UPDATE spending SET asked = asked + $asked, answers = answers + $answers, rows = rows + $rows,
            promptTokens = promptTokens + $promptTokens, completionTokens = completionTokens + $completionTokens,
            seconds = seconds + $seconds, calls = calls + $calls
        WHERE session = $session
        """;

    /// <summary>
    /// Commits answers and what they cost in one transaction: when this returns they are on the disk, when it throws none of them is.
    /// </summary>
    /// <param name="teacher">Who answered.</param>
    /// <param name="answers">The answers. One whose text has a label already counts as paid for, but changes no row.</param>
    /// <param name="asked">Documents handed to the teacher since the last call; default: as many as there are answers.</param>
    /// <param name="seconds">Time spent since the last call.</param>
    /// <returns>Rows made, or changed from failure to something newer.</returns>
    /// <exception cref="ArgumentException">An answer is neither a distribution over the labels nor a failure.</exception>
    /// <exception cref="RunFailedException">The disk is full or failed.</exception>
    public int Append(TeacherFingerprint teacher, IReadOnlyList<TeacherLabel> answers, long? asked = null, double seconds = 0)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        ArgumentNullException.ThrowIfNull(answers);
        foreach (TeacherLabel answer in answers) Check(answer);
        return Use(() =>
        {
            // Ids of rows made in this transaction are remembered only once it is committed.
            using SqliteTransaction transaction = _connection.BeginTransaction();
            (long id, long session) = SessionOf(teacher);
            int rows = InsertAnswers(id, answers);
            using (SqliteCommand spend = Command(Spend,
                ("$asked", asked ?? answers.Count), ("$answers", answers.Count), ("$rows", rows),
                ("$promptTokens", answers.Sum(answer => (long)answer.PromptTokens)),
                ("$completionTokens", answers.Sum(answer => (long)answer.CompletionTokens)),
                ("$calls", answers.Sum(answer => (long)answer.Calls)),
                ("$seconds", seconds), ("$session", session)))
            {
                spend.ExecuteNonQuery();
            }
            transaction.Commit();
            _teachers[teacher.Hash] = id;
            _sessions[id] = session;
            return rows;
        });
    }

    /// <summary>Row ids of a teacher and of its session, made where they are not there yet. Called inside a transaction.</summary>
    private (long Teacher, long Session) SessionOf(TeacherFingerprint teacher)
    {
        long id = TeacherId(teacher);
        if (id < 0)
            id = InsertedId("INSERT INTO teachers (hash, description) VALUES ($hash, $description) RETURNING id",
                ("$hash", teacher.Hash), ("$description", teacher.Description));
        if (!_sessions.TryGetValue(id, out long session))
            session = InsertedId("INSERT INTO spending (teacher, started) VALUES ($teacher, $time) RETURNING session",
                ("$teacher", id), ("$time", Now()));
        return (id, session);
    }

    private int InsertAnswers(long teacher, IReadOnlyList<TeacherLabel> answers)
    {
        LabelInsert insert = _insert ??= new LabelInsert(_connection);
        insert.Begin(teacher, Now());
        int rows = 0;
        foreach (TeacherLabel answer in answers) rows += insert.Run(answer);
        return rows;
    }

    private void Check(TeacherLabel answer)
    {
        if (answer.Distribution is not { } q)
        {
            if (answer.Failure is null)
                throw new ArgumentException($"The answer to {answer.Key} is neither a distribution nor a failure.");
            return;
        }
        double sum = 0;
        foreach (float p in q) sum += p >= 0 ? p : double.NaN;
        if (q.Length != Labels.Count || !(Math.Abs(sum - 1) < 1e-3))
            throw new ArgumentException($"The answer to {answer.Key} is no distribution over {Labels.Count} labels.");
    }

    private long InsertedId(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using SqliteCommand command = Command(sql, parameters);
        return (long)command.ExecuteScalar()!;
    }

    private static string Now() => DateTime.UtcNow.ToString("O", CultureInfo.InvariantCulture);
}
