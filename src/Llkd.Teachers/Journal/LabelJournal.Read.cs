using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Llkd.Documents;
using Llkd.Labels;
using Llkd.Teachers.Journal;
using Microsoft.Data.Sqlite;

namespace Llkd.Teachers;

public sealed partial class LabelJournal
{
    // "+teacher" keeps SQLite from sorting by the index on (teacher, key) for every page.
    private const string Columns = "id, key, distribution, reply, promptTokens, completionTokens, failure, evidence, unseen";

    /// <summary>Keys of the texts this teacher has labelled; failures are not among them.</summary>
    public HashSet<DocumentKey> Labelled(TeacherFingerprint teacher) => [.. LabelledKeys(teacher)];

    /// <summary>Keys of the texts this teacher failed on and has not labelled since.</summary>
    public HashSet<DocumentKey> Failed(TeacherFingerprint teacher) => [.. PagedKeys(teacher, "AND label IS NULL")];

    /// <summary>As <see cref="Labelled"/>, one after another: a set of ten million takes half a gigabyte.</summary>
    public IEnumerable<DocumentKey> LabelledKeys(TeacherFingerprint teacher) => PagedKeys(teacher, "AND label IS NOT NULL");

    /// <summary>Keys of the texts this teacher has answered about, labelled or failed, one after another.</summary>
    public IEnumerable<DocumentKey> AnsweredKeys(TeacherFingerprint teacher) => PagedKeys(teacher, "");

    private IEnumerable<DocumentKey> PagedKeys(TeacherFingerprint teacher, string condition)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        var page = new List<DocumentKey>(PageRows);
        long last = 0;
        do
        {
            page.Clear();
            Use(() =>
            {
                using SqliteCommand select = Command(
                    $"SELECT id, key FROM labels WHERE id > $last AND +teacher = $teacher {condition} ORDER BY id LIMIT {PageRows}",
                    ("$last", last), ("$teacher", TeacherId(teacher)));
                using SqliteDataReader reader = select.ExecuteReader();
                while (reader.Read())
                {
                    last = reader.GetInt64(0);
                    page.Add(KeyOf(reader, 1));
                }
                return last;
            });
            foreach (DocumentKey key in page) yield return key;
        }
        while (page.Count == PageRows);
    }

    /// <summary>Number of texts this teacher has labelled.</summary>
    public long CountLabelled(TeacherFingerprint teacher) => Count(teacher, "SELECT count(*) FROM labels WHERE teacher = $teacher AND label IS NOT NULL");

    /// <summary>Number of texts this teacher failed on and has not labelled since.</summary>
    public long CountFailed(TeacherFingerprint teacher) => Count(teacher, "SELECT count(*) FROM labels WHERE teacher = $teacher AND label IS NULL");

    /// <summary>The failures that stand, counted by reason.</summary>
    public IReadOnlyDictionary<string, long> FailuresByReason(TeacherFingerprint teacher)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        return Use(() =>
        {
            var reasons = new SortedDictionary<string, long>(StringComparer.Ordinal);
            using SqliteCommand select = Command(
                "SELECT failure, count(*) FROM labels WHERE teacher = $teacher AND label IS NULL GROUP BY failure",
                ("$teacher", TeacherId(teacher)));
            using SqliteDataReader reader = select.ExecuteReader();
            while (reader.Read()) reasons.Add(reader.GetString(0), reader.GetInt64(1));
            return reasons;
        });
    }

    /// <summary>What the labels of a teacher were read from, counted; none for a teacher that does not say.</summary>
    public IReadOnlyDictionary<string, long> LabelsByEvidence(TeacherFingerprint teacher)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        return Use(() =>
        {
            var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
            using SqliteCommand select = Command(
                "SELECT evidence, count(*) FROM labels WHERE teacher = $teacher AND label IS NOT NULL AND evidence IS NOT NULL GROUP BY evidence",
                ("$teacher", TeacherId(teacher)));
            using SqliteDataReader reader = select.ExecuteReader();
            while (reader.Read()) counts.Add(reader.GetString(0), reader.GetInt64(1));
            return counts;
        });
    }

    /// <summary>Mean and largest probability of unlisted tokens over a teacher's labels; null where there are no log-probabilities.</summary>
    public (double Mean, double Largest)? Unseen(TeacherFingerprint teacher)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        return Use<(double, double)?>(() =>
        {
            using SqliteCommand select = Command(
                "SELECT avg(unseen), max(unseen) FROM labels WHERE teacher = $teacher AND unseen IS NOT NULL", ("$teacher", TeacherId(teacher)));
            using SqliteDataReader reader = select.ExecuteReader();
            return reader.Read() && !reader.IsDBNull(0) ? (reader.GetDouble(0), reader.GetDouble(1)) : null;
        });
    }

    /// <summary>All answers of a teacher, failures included, in the order their rows were made. Read in pages; appending meanwhile is allowed.</summary>
    /// <exception cref="InputException">A row is damaged.</exception>
    public IEnumerable<TeacherLabel> Read(TeacherFingerprint teacher)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        return Pages();

        IEnumerable<TeacherLabel> Pages()
        {
            long last = 0;
            while (true)
            {
                var page = new List<TeacherLabel>(PageRows);
                last = Use(() =>
                {
                    using SqliteCommand select = Command(
                        $"SELECT {Columns} FROM labels WHERE id > $last AND +teacher = $teacher ORDER BY id LIMIT {PageRows}",
                        ("$last", last), ("$teacher", TeacherId(teacher)));
                    using SqliteDataReader reader = select.ExecuteReader();
                    while (reader.Read())
                    {
                        page.Add(AnswerOf(reader));
                        last = reader.GetInt64(0);
                    }
                    return last;
                });
                foreach (TeacherLabel answer in page) yield return answer;
                if (page.Count < PageRows) yield break;
            }
        }
    }

    /// <summary>
    /// Shows every label of a teacher, in the order of <see cref="Read"/>, without making objects of the rows; read in pages too.
    /// </summary>
    /// <param name="teacher">Whose labels.</param>
    /// <param name="show">Takes a text's key and q, [classes], which is valid during the call only; it must not use the journal.</param>
    /// <exception cref="InputException">A row is damaged.</exception>
    internal void ReadLabels(TeacherFingerprint teacher, Action<DocumentKey, ReadOnlySpan<float>> show)
    {
        const string Page = "SELECT id, key, distribution FROM labels WHERE id > ?1 AND +teacher = ?2 AND distribution IS NOT NULL ORDER BY id LIMIT ?3";
        var q = new float[Labels.Count];
        using LabelPages pages = Use(() => new LabelPages(_connection, Page, TeacherId(teacher), PageRows));
        while (Use(() => pages.Read((key, distribution) =>
        {
            if (key.Length != 16 || distribution.Length != q.Length * sizeof(float)) throw JournalSchema.Damaged(Path);
            for (int k = 0; k < q.Length; k++) q[k] = BinaryPrimitives.ReadSingleLittleEndian(distribution[(k * sizeof(float))..]);
            show(DocumentKey.FromBytes(key), q);
        })))
        {
        }
    }

    /// <summary>A teacher's answer to one text, if there is one.</summary>
    public bool TryGet(TeacherFingerprint teacher, DocumentKey key, [NotNullWhen(true)] out TeacherLabel? answer)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        answer = Use(() =>
        {
            using SqliteCommand select = Command(
                $"SELECT {Columns} FROM labels WHERE teacher = $teacher AND key = $key",
                ("$teacher", TeacherId(teacher)), ("$key", key.ToBytes()));
            using SqliteDataReader reader = select.ExecuteReader();
            return reader.Read() ? AnswerOf(reader) : null;
        });
        return answer is not null;
    }

    /// <summary>What this teacher has cost so far.</summary>
    public JournalSpending Spending(TeacherFingerprint teacher)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        return Use(() =>
        {
            using SqliteCommand select = Command(
                "SELECT total(asked), total(answers), total(rows), total(promptTokens), total(completionTokens), total(seconds), total(calls), total(sent), total(refused) FROM spending WHERE teacher = $teacher",
                ("$teacher", TeacherId(teacher)));
            using SqliteDataReader reader = select.ExecuteReader();
            reader.Read();
            return new JournalSpending(
                reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetDouble(5),
                reader.GetInt64(6), reader.GetInt64(7), reader.GetInt64(8));
        });
    }

    private long Count(TeacherFingerprint teacher, string sql)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        return Use(() =>
        {
            using SqliteCommand select = Command(sql, ("$teacher", TeacherId(teacher)));
            return (long)select.ExecuteScalar()!;
        });
    }

    private TeacherLabel AnswerOf(SqliteDataReader reader)
    {
        float[]? distribution = null;
        if (!reader.IsDBNull(2))
        {
            byte[] blob = reader.GetFieldValue<byte[]>(2);
            if (blob.Length != Labels.Count * sizeof(float)) throw JournalSchema.Damaged(Path);
            distribution = new float[Labels.Count];
            for (int k = 0; k < distribution.Length; k++)
                distribution[k] = BinaryPrimitives.ReadSingleLittleEndian(blob.AsSpan(k * sizeof(float)));
        }
        return new TeacherLabel(KeyOf(reader, 1), distribution,
            reader.IsDBNull(3) ? null : reader.GetString(3), reader.GetInt32(4), reader.GetInt32(5),
            reader.IsDBNull(6) ? null : reader.GetString(6),
            reader.IsDBNull(7) ? null : reader.GetString(7), reader.IsDBNull(8) ? null : reader.GetFloat(8));
    }

    private DocumentKey KeyOf(SqliteDataReader reader, int column)
    {
        byte[] bytes = reader.GetFieldValue<byte[]>(column);
        return bytes.Length == 16 ? DocumentKey.FromBytes(bytes) : throw JournalSchema.Damaged(Path);
    }
}
