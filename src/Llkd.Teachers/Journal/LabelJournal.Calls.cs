using Llkd.Labels;
using Llkd.Teachers.Calls;
using Llkd.Teachers.Journal;
using Microsoft.Data.Sqlite;

namespace Llkd.Teachers;

public sealed partial class LabelJournal
{
    private CallCounts? _calls;

    private string CallsPath => Path + ".calls";

    /// <summary>Begins to count a teacher's requests; <see cref="EndCalls"/> puts the counts into the journal, and so does opening it after a kill.</summary>
    /// <exception cref="RunFailedException">The disk is full or failed.</exception>
    public ICallLog BeginCalls(TeacherFingerprint teacher)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        EndCalls();
        return Use(() =>
        {
            using SqliteTransaction transaction = _connection.BeginTransaction();
            (long id, long session) = SessionOf(teacher);
            // Sessions of one process add up in one row; its counts so far are in the row already.
            transaction.Commit();
            _teachers[teacher.Hash] = id;
            _sessions.Remove(id);
            using SqliteCommand used = Command("SELECT sent FROM spending WHERE session = $session", ("$session", session));
            if (used.ExecuteScalar() is long and > 0)
                session = InsertedId("INSERT INTO spending (teacher, started) VALUES ($teacher, $time) RETURNING session", ("$teacher", id), ("$time", Now()));
            _sessions[id] = session;
            try
            {
                return _calls = new CallCounts(CallsPath, session);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new RunFailedException($"{CallsPath}: requests cannot be counted: {e.Message} Every label committed so far is kept.", e);
            }
        });
    }

    /// <summary>Puts the counts of the requests into the journal.</summary>
    public void EndCalls()
    {
        if (_calls is not { } calls) return;
        _calls = null;
        calls.Dispose();
        (long sent, long refused) = calls.Counts;
        Keep(calls.Session, sent, refused);
    }

    /// <summary>A killed session left its counts beside the journal.</summary>
    private void TakeCallsOfKilledSession()
    {
        if (CallCounts.Read(CallsPath) is { } left) Keep(left.Session, left.Sent, left.Refused);
    }

    private void Keep(long session, long sent, long refused)
    {
        Use(() =>
        {
            using SqliteCommand update = Command(
                "UPDATE spending SET sent = $sent, refused = $refused WHERE session = $session AND sent <= $sent",
                ("$session", session), ("$sent", sent), ("$refused", refused));
            return update.ExecuteNonQuery();
        });
        File.Delete(CallsPath);
    }

    /// <summary>Keeps what was planned for a teacher, for the report; a newer plan replaces an older one.</summary>
    public void SavePlan(TeacherFingerprint teacher, string json)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        Use(() =>
        {
            using SqliteCommand insert = Command(
                "INSERT INTO plans VALUES ($teacher, $plan) ON CONFLICT (teacher) DO UPDATE SET plan = excluded.plan",
                ("$teacher", teacher.Hash), ("$plan", json));
            return insert.ExecuteNonQuery();
        });
    }

    /// <summary>What was planned for a teacher; null where nothing was.</summary>
    public string? Plan(TeacherFingerprint teacher)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        return Use(() =>
        {
            using SqliteCommand select = Command("SELECT plan FROM plans WHERE teacher = $teacher", ("$teacher", teacher.Hash));
            return select.ExecuteScalar() as string;
        });
    }

    /// <summary>Keeps a teacher's calibration, which the labels read from now on have; null takes it away.</summary>
    public void SaveCalibration(TeacherFingerprint teacher, TeacherCalibration? calibration)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        Use(() =>
        {
            using SqliteCommand command = calibration is null
                ? Command("DELETE FROM calibrations WHERE teacher = $teacher", ("$teacher", teacher.Hash))
                : Command("INSERT OR REPLACE INTO calibrations VALUES ($teacher, $temperature, $texts, $before, $after)",
                    ("$teacher", teacher.Hash), ("$temperature", calibration.Temperature), ("$texts", calibration.Texts),
                    ("$before", calibration.EceBefore), ("$after", calibration.EceAfter));
            return command.ExecuteNonQuery();
        });
    }

    /// <summary>A teacher's calibration; null where there is none.</summary>
    public TeacherCalibration? Calibration(TeacherFingerprint teacher)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        return Use(() =>
        {
            using SqliteCommand select = Command("SELECT temperature, texts, before, after FROM calibrations WHERE teacher = $teacher", ("$teacher", teacher.Hash));
            using SqliteDataReader reader = select.ExecuteReader();
            return reader.Read() ? new TeacherCalibration(reader.GetDouble(0), reader.GetInt32(1), reader.GetDouble(2), reader.GetDouble(3)) : null;
        });
    }
}
