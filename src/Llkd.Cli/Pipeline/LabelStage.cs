using System.IO.Hashing;
using System.Runtime.InteropServices;
using Llkd.Cli.Terminal;
using Llkd.Documents;
using Llkd.Labels;
using Llkd.Runs;
using Llkd.Tasks;
using Llkd.Teachers;

namespace Llkd.Cli.Pipeline;

/// <summary>Reads the data, makes the teacher, and labels what the journal does not hold yet.</summary>
internal sealed partial class LabelStage : IDisposable
{
    private readonly DistillationTask _task;
    private readonly LabelJournal _journal;
    private readonly ITeacher _teacher;
    private readonly Func<IReadOnlyList<string>> _warnings;

    private LabelStage(
        DistillationTask task, RunFolder folder, DataSet data, ITeacher teacher, string summary, Func<IReadOnlyList<string>> warnings)
    {
        (_task, Data, _teacher, TeacherSummary, _warnings) = (task, data, teacher, summary, warnings);
        _journal = LabelJournal.Open(folder.Journal, task.Name, [.. task.Labels.Select(label => label.Name)]);
    }

    public DataSet Data { get; }
    public string TeacherSummary { get; }
    public TeacherFingerprint Fingerprint => _teacher.Fingerprint;
    public LabelJournal Journal => _journal;

    public static LabelStage Open(DistillationTask task, RunFolder folder, Screen screen)
    {
        DataSet data = DataSet.Load(task, folder.Scratch);
        foreach (string warning in data.Warnings) screen.Warn(warning);
        (ITeacher teacher, string summary, Func<IReadOnlyList<string>> warnings) = TeacherFactory.Create(task, data);
        return new LabelStage(task, folder, data, teacher, summary, warnings);
    }

    /// <summary>Labels the pool, and the test set where the task asks for it; says what got no label.</summary>
    /// <param name="screen">Where to.</param>
    /// <param name="cancellationToken">Ends the session.</param>
    /// <param name="scope">Label only a part; default: all.</param>
    public async Task<LabellingSummary> RunAsync(Screen screen, CancellationToken cancellationToken, LabelScope? scope = null)
    {
        IReadOnlyList<Document> documents = Documents(scope);
        Prepare(documents);
        LabellingSummary summary = await screen.ProgressAsync("labelling", "texts", line => Labelling.RunAsync(
            _teacher, documents, _journal, new DirectProgress<LabellingProgress>(p => line.Report(p.Done, p.Total, Spent(p))),
            cancellationToken)).ConfigureAwait(false);
        Calibrate(screen);
        foreach (string warning in _warnings()) screen.Warn(warning);
        WarnOfCut(screen);
        if (scope is { IsPart: true })
        {
            foreach ((string reason, long count) in summary.Failed) screen.Warn(FormattableString.Invariant($"{count:N0} texts have no label: {reason}"));
            return summary;
        }
        // A teacher that may be asked again has been asked about all that lacked a label, so that none does where it failed on none.
        if (summary.Failed.Count == 0 && !_teacher.FailsForGood) return summary;
        WarnOfMissing(Data.Pool, "pool", screen);
        if (_task.Teacher.LabelTest) WarnOfMissing(Data.Test, "test", screen);
        return summary;
    }

    private void WarnOfMissing(IReadOnlyList<Document> documents, string set, Screen screen)
    {
        IReadOnlyList<int> missing = Labelling.Collect(_journal, Fingerprint, documents, _task.Labels.Count).Missing;
        if (missing.Count == 0) return;
        string reasons = string.Join(", ", missing
            .Select(i => _journal.TryGet(Fingerprint, documents.KeyAt(i), out TeacherLabel? answer) ? answer.Failure ?? "" : "not asked")
            .CountBy(reason => reason).OrderByDescending(pair => pair.Value).Take(3).Select(pair => FormattableString.Invariant($"{pair.Key} ({pair.Value:N0})")));
        screen.Warn(FormattableString.Invariant($"{missing.Count:N0} of {documents.Count:N0} {set} texts have no label from the teacher: {reasons}"));
    }

    /// <summary>The pool with its labels; texts the teacher gave none are left out.</summary>
    /// <exception cref="InputException">The journal lacks labels for texts of the pool.</exception>
    /// <param name="partial">Whether texts that were not asked about are left out too.</param>
    public LabelledPool Collect(bool partial = false)
    {
        CollectedLabels collected = Labelling.Collect(_journal, Fingerprint, Data.Pool, _task.Labels.Count);
        int unasked = collected.Missing.Count(i => !_journal.TryGet(Fingerprint, Data.Pool.KeyAt(i), out _));
        if (unasked > 0 && !partial)
            throw new InputException(
                $"{unasked} of {Data.Pool.Count} pool texts have not been labelled by this teacher yet. Run `llkd label` (or `llkd run`) with the same --output first.");
        PseudoLabels labels = collected.Compact(out int[] kept);
        return new LabelledPool(kept.Length == Data.Pool.Count ? Data.Pool : new DocumentSubset(Data.Pool, kept), labels);
    }

    /// <summary>The labelled pool, if there is something to learn from it.</summary>
    /// <exception cref="InputException">Labels are lacking, or all are the same.</exception>
    public LabelledPool CollectForTraining()
    {
        LabelledPool pool = Collect();
        ReadOnlySpan<int> labels = pool.Labels.Labels;
        if (labels.Length == 0)
            throw new InputException($"The teacher gave none of the {Data.Pool.Count} pool texts a label. With a recorded teacher, check that its ids or texts match the pool's.");
        if (labels.IndexOfAnyExcept(labels[0]) < 0)
            throw new InputException(
                $"The teacher gave all {labels.Length} pool texts the same label, `{_task.Labels[labels[0]].Name}`; there is nothing to learn. Check the labels' descriptions or the recorded labels.");
        return pool;
    }

    /// <summary>The teacher's answers against gold labels; null where there are no gold labels or no answers.</summary>
    public QualityRecord? Quality(IReadOnlyList<Document> documents) =>
        Answers(documents.WithLabel(), Fingerprint).Quality;

    /// <summary>As <see cref="Quality"/> of the whole pool; where all of it has labels they are at hand, and the journal is not read once more.</summary>
    public QualityRecord? PoolQuality(LabelledPool pool)
    {
        if (!ReferenceEquals(pool.Documents, Data.Pool)) return Quality(Data.Pool);
        int[] gold = pool.Gold();
        return gold.AsSpan().Contains(-1) ? Quality(Data.Pool)
            : Metrics.Quality.Measure(gold, pool.Labels.Labels, pool.Labels.Confidences, [.. _task.Labels.Select(label => label.Name)]);
    }

    /// <summary>A teacher's answers on the test set.</summary>
    /// <param name="fingerprint">Which teacher's; default: the task's own.</param>
    public TeacherAnswers TestAnswers(TeacherFingerprint? fingerprint = null) => Answers(Data.Test, fingerprint ?? Fingerprint);

    private TeacherAnswers Answers(IReadOnlyList<Document> gold, TeacherFingerprint fingerprint)
    {
        var predicted = new int[gold.Count];
        Array.Fill(predicted, -1);
        if (gold.Count == 0) return new TeacherAnswers(predicted, null);
        PseudoLabels answers = Labelling.Collect(_journal, fingerprint, gold, _task.Labels.Count).Compact(out int[] kept);
        var confidences = new float[gold.Count];
        for (int j = 0; j < kept.Length; j++)
        {
            predicted[kept[j]] = answers.Labels[j];
            confidences[kept[j]] = answers.Confidences[j];
        }
        return new TeacherAnswers(predicted, kept.Length == 0 ? null : Metrics.Quality.Measure(
            [.. Enumerable.Range(0, gold.Count).Select(gold.LabelAt)], predicted, confidences, [.. _task.Labels.Select(label => label.Name)]));
    }

    /// <summary>The teacher's label of each document by key; absent where it has none.</summary>
    public int? Answer(Document document) =>
        _journal.TryGet(Fingerprint, document.Key, out TeacherLabel? answer) && answer.Distribution is { } q
            ? Numerics.Softmax.ArgMax(q) : null;

    public LabellingRecord Record()
    {
        JournalSpending spent = _journal.Spending(Fingerprint);
        return new LabellingRecord
        {
            Seconds = spent.Seconds,
            Calls = spent.Sent > 0 ? spent.Sent : spent.Asked,
            PromptTokens = spent.PromptTokens,
            CompletionTokens = spent.CompletionTokens,
            LanguageModel = LanguageModelRecord(spent),
            Calibration = _journal.Calibration(Fingerprint) is { } c ? new CalibrationRecord(c.Temperature, c.Texts, c.EceBefore, c.EceAfter) : null,
        };
    }

    public void Dispose()
    {
        _journal.Dispose();
        (_teacher as IDisposable)?.Dispose();
    }
}

/// <summary>The part of the pool that has labels.</summary>
/// <param name="Documents">Texts.</param>
/// <param name="Labels">The teacher's distributions, aligned.</param>
internal sealed record LabelledPool(IReadOnlyList<Document> Documents, PseudoLabels Labels)
{
    /// <summary>Gold labels, −1 where there is none, [texts].</summary>
    public int[] Gold()
    {
        var gold = new int[Documents.Count];
        for (int i = 0; i < gold.Length; i++) gold[i] = Documents.LabelAt(i);
        return gold;
    }

    /// <summary>Hash of the texts and the teacher's distributions: what a student has learned from.</summary>
    public string Hash()
    {
        var hash = new XxHash128();
        for (int i = 0; i < Documents.Count; i++) hash.Append(Documents.KeyAt(i).ToBytes());
        hash.Append(MemoryMarshal.AsBytes(Labels.Distributions));
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }
}

/// <summary>Reports on the calling thread: a progress line that arrives late says something wrong.</summary>
internal sealed class DirectProgress<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}

/// <summary>A teacher's answers to texts with gold labels.</summary>
/// <param name="Predicted">Answers, [texts], −1 where there is none.</param>
/// <param name="Quality">Against the gold labels; null where it answered nothing.</param>
internal sealed record TeacherAnswers(int[] Predicted, QualityRecord? Quality);
