using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Llkd.Teachers.Journal;

/// <summary>
/// One process at a time writes a journal. The operating system holds the lock on `labels.db.lock`, so it is gone when
/// the process is, however it ended; the file itself stays, because removing it could let two processes in.
/// </summary>
internal static class JournalLock
{
    public static FileStream Take(string journalPath)
    {
        try
        {
            return new FileStream(journalPath + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException && !IsTaken(e)))
        {
            throw new InputException($"{journalPath}: the label journal cannot be written: {e.Message} Choose another output folder.", e);
        }
        catch (IOException e)
        {
            string owner = OwnerOf(journalPath) is int process
                ? string.Create(CultureInfo.InvariantCulture, $"process {process}") : "another process";
            throw new RunFailedException(
                $"{journalPath}: the label journal is in use by {owner}. Wait for it to end, or choose another output folder.", e);
        }
    }

    /// <summary>Whether the error says that somebody else has the lock: EWOULDBLOCK of Linux or macOS, ERROR_SHARING_VIOLATION of Windows.</summary>
    private static bool IsTaken(Exception e) => e.HResult is 11 or 35 or unchecked((int)0x80070020);

    /// <summary>The process that opened the journal last, read beside it; null where that cannot be found out.</summary>
    private static int? OwnerOf(string journalPath)
    {
        if (!File.Exists(journalPath)) return null;
        try
        {
            using var connection = new SqliteConnection(new SqliteConnectionStringBuilder
            {
                DataSource = journalPath,
                Mode = SqliteOpenMode.ReadOnly,
                Pooling = false,
            }.ToString());
            connection.Open();
            return JournalSchema.ReadMeta(connection, JournalSchema.OwnerKey) is { } owner
                && int.TryParse(owner, NumberStyles.None, CultureInfo.InvariantCulture, out int process) ? process : null;
        }
        catch (SqliteException)
        {
            return null;
        }
    }
}
