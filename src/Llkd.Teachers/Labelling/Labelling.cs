using Llkd.Documents;
using Llkd.Labels;

namespace Llkd.Teachers;

/// <summary>Has a teacher label documents into a journal, and gets the labels out again.</summary>
public static class Labelling
{
    /// <summary>Answers in one commit at most, of a teacher whose answers cost nothing: a commit takes as long as a hundred answers or more.</summary>
    internal const int BatchAnswers = 2048;

    /// <summary>Answers that were paid for, in one commit at most.</summary>
    internal const int BatchAnswersPaid = 256;

    /// <summary>Texts that are asked about in the order of their keys.</summary>
    internal const int Window = 1 << 20;

    /// <summary>An answer waits for its commit no longer than this.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    /// <summary>Answers that were paid for wait less: what a kill catches before its commit is paid for again.</summary>
    private static readonly TimeSpan LongestWaitOfPaid = TimeSpan.FromSeconds(0.1);

    /// <summary>
    /// Asks the teacher about every text that the journal has no label of its for; earlier failures are asked about
    /// again, unless the teacher fails for good. Answers are committed some thousands at a time or every second (those that were paid for 256 at a time
    /// or every tenth of a second), and whatever ends the session, those that have arrived are committed first; the same call goes on from there.
    /// </summary>
    /// <param name="teacher">Who labels.</param>
    /// <param name="documents">The documents; equal texts are asked about once.</param>
    /// <param name="journal">Where the answers go.</param>
    /// <param name="progress">Told at every commit; optional.</param>
    /// <param name="cancellationToken">Ends the session.</param>
    /// <exception cref="OperationCanceledException">Cancelled; what had arrived is committed.</exception>
    /// <exception cref="RunFailedException">The disk is full or failed; what was committed before is kept.</exception>
    public static Task<LabellingSummary> RunAsync(
        ITeacher teacher, IReadOnlyList<Document> documents, LabelJournal journal,
        IProgress<LabellingProgress>? progress = null, CancellationToken cancellationToken = default) =>
        RunAsync(teacher, documents, journal, progress, TimeProvider.System, cancellationToken);

    internal static async Task<LabellingSummary> RunAsync(
        ITeacher teacher, IReadOnlyList<Document> documents, LabelJournal journal,
        IProgress<LabellingProgress>? progress, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        ArgumentNullException.ThrowIfNull(documents);
        ArgumentNullException.ThrowIfNull(journal);
        KeyIndex firsts = KeyIndex.Of(documents);
        var known = new System.Collections.BitArray(documents.Count);
        foreach (DocumentKey key in teacher.FailsForGood ? journal.AnsweredKeys(teacher.Fingerprint) : journal.LabelledKeys(teacher.Fingerprint))
            if (firsts.Find(key) is >= 0 and int i) known[i] = true;
        long alreadyThere = 0;
        for (int i = 0; i < documents.Count; i++) if (known[i]) alreadyThere++;
        var toAsk = new int[firsts.Count - alreadyThere];
        for (int i = 0, asked = 0; asked < toAsk.Length; i++)
            if (!known[i] && firsts.Find(documents.KeyAt(i)) == i) toAsk[asked++] = i;
        bool paid = teacher is Calls.ICallingTeacher;
        if (!paid) OrderForIndex(toAsk, documents);

        var session = new LabellingSession(teacher.Fingerprint, journal, toAsk.Length, progress, time);
        if (toAsk.Length > 0)
            await session.RunAsync(teacher, toAsk.Select(i => documents[i]), paid ? BatchAnswersPaid : BatchAnswers,
                paid ? LongestWaitOfPaid : LongestWait, cancellationToken).ConfigureAwait(false);
        return session.Summarise(alreadyThere);
    }

    /// <summary>
    /// Keys are hashes: in the pool's order, every row of a large journal changes another page of its index of keys, which is then
    /// written twice. In the order of the keys neighbours share pages. The order holds for a window, whose texts lie near each other on disk.
    /// </summary>
    private static void OrderForIndex(int[] toAsk, IReadOnlyList<Document> documents)
    {
        if (toAsk.Length <= BatchAnswers) return;
        var keys = new ulong[Math.Min(Window, toAsk.Length)];
        for (int start = 0; start < toAsk.Length; start += Window)
        {
            Span<int> window = toAsk.AsSpan(start, Math.Min(Window, toAsk.Length - start));
            Span<ulong> keysOfWindow = keys.AsSpan(0, window.Length);
            for (int i = 0; i < window.Length; i++) keysOfWindow[i] = documents.KeyAt(window[i]).High;
            keysOfWindow.Sort(window);
        }
    }

    /// <summary>Reads the labels of documents out of the journal, with the teacher's calibration where there is one.</summary>
    /// <param name="journal">Where the labels are.</param>
    /// <param name="teacher">Whose labels.</param>
    /// <param name="documents">The documents; equal texts share a label.</param>
    /// <param name="classCount">Number of classes.</param>
    /// <param name="calibrated">Whether the teacher's calibration is applied; without, q is as the teacher gave it.</param>
    /// <exception cref="InputException">More than 2³¹ probabilities.</exception>
    public static CollectedLabels Collect(
        LabelJournal journal, TeacherFingerprint teacher, IReadOnlyList<Document> documents, int classCount,
        bool calibrated = true)
    {
        ArgumentNullException.ThrowIfNull(journal);
        ArgumentNullException.ThrowIfNull(documents);
        ArgumentOutOfRangeException.ThrowIfNotEqual(classCount, journal.Labels.Count);
        KeyIndex firsts = KeyIndex.Of(documents);
        if ((long)documents.Count * classCount > Array.MaxLength)
            throw new InputException(
                $"{documents.Count} texts with {classCount} labels are more than one run holds ({Array.MaxLength / classCount} texts). Split the pool.");
        var distributions = new float[documents.Count * classCount];
        var labelled = new bool[documents.Count];
        TeacherCalibration? calibration = calibrated ? journal.Calibration(teacher) : null;
        journal.ReadLabels(teacher, (key, q) =>
        {
            if (firsts.Find(key) is not (>= 0 and int first)) return;
            Span<float> row = distributions.AsSpan(first * classCount, classCount);
            q.CopyTo(row);
            calibration?.Apply(row);
            labelled[first] = true;
        });
        var missing = new List<int>();
        for (int i = 0; i < documents.Count; i++)
        {
            if (labelled[i]) continue;
            int first = firsts.Find(documents.KeyAt(i));
            if (!labelled[first]) missing.Add(i);
            else distributions.AsSpan(first * classCount, classCount).CopyTo(distributions.AsSpan(i * classCount));
        }
        return new CollectedLabels(distributions, missing, classCount);
    }
}
