using Llkd.Cli.Terminal;
using Llkd.Documents;
using Llkd.Labels;
using Llkd.Runs;
using Llkd.Tasks;
using Llkd.Teachers;

namespace Llkd.Cli.Pipeline;

/// <summary>Reads the data, makes the teacher, and labels what the journal does not hold yet.</summary>
internal sealed class LabelStage : IDisposable
{
    private readonly DistillationTask _task;
    private readonly LabelJournal _journal;
    private readonly ITeacher _teacher;

    private LabelStage(DistillationTask task, RunFolder folder, DataSet data, ITeacher teacher, string summary)
    {
        (_task, Data, _teacher, TeacherSummary) = (task, data, teacher, summary);
        _journal = LabelJournal.Open(folder.Journal, task.Name, [.. task.Labels.Select(label => label.Name)]);
    }

    public DataSet Data { get; }
    public string TeacherSummary { get; }
    public TeacherFingerprint Fingerprint => _teacher.Fingerprint;
    public LabelJournal Journal => _journal;

    public static LabelStage Open(DistillationTask task, RunFolder folder, Screen screen)
    {
        DataSet data = DataSet.Load(task);
        foreach (string warning in data.Warnings) screen.Warn(warning);
        (ITeacher teacher, string summary, IReadOnlyList<string> warnings) = TeacherFactory.Create(task, data);
        foreach (string warning in warnings) screen.Warn(warning);
        return new LabelStage(task, folder, data, teacher, summary);
    }

    /// <summary>Labels the pool, and the test set where the task asks for it.</summary>
    public async Task<LabellingSummary> RunAsync(Screen screen, CancellationToken cancellationToken)
    {
        Document[] documents = [.. Data.Pool, .. _task.Teacher.LabelTest ? Data.Test : []];
        return await screen.ProgressAsync("labelling", "texts", line => Labelling.RunAsync(
            _teacher, documents, _journal, new DirectProgress<LabellingProgress>(p => line.Report(p.Done, p.Total)),
            cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>The pool with its labels; texts the teacher gave none are left out.</summary>
    /// <exception cref="InputException">The journal lacks labels for texts of the pool, or there is nothing to train on.</exception>
    public LabelledPool Collect()
    {
        CollectedLabels collected = Labelling.Collect(_journal, Fingerprint, Data.Pool, _task.Labels.Count);
        int unasked = collected.Missing.Count(i => !_journal.TryGet(Fingerprint, Data.Pool[i].Key, out _));
        if (unasked > 0)
            throw new InputException(
                $"{unasked} of {Data.Pool.Count} pool texts have not been labelled by this teacher yet. Run `llkd label` (or `llkd run`) with the same --output first.");
        PseudoLabels labels = collected.Compact(out int[] kept);
        if (kept.Length == 0)
            throw new InputException($"The teacher gave none of the {Data.Pool.Count} pool texts a label. With a recorded teacher, check that its ids or texts match the pool's.");
        if (labels.Labels.IndexOfAnyExcept(labels.Labels[0]) < 0)
            throw new InputException(
                $"The teacher gave all {kept.Length} pool texts the same label, `{_task.Labels[labels.Labels[0]].Name}`; there is nothing to learn. Check the labels' descriptions or the recorded labels.");
        return new LabelledPool([.. kept.Select(i => Data.Pool[i])], labels);
    }

    /// <summary>The teacher's answers against gold labels; null where there are no gold labels or no answers.</summary>
    public QualityRecord? Quality(IReadOnlyList<Document> documents)
    {
        Document[] gold = [.. documents.Where(document => document.HasLabel)];
        if (gold.Length == 0) return null;
        PseudoLabels answers = Labelling.Collect(_journal, Fingerprint, gold, _task.Labels.Count).Compact(out int[] kept);
        var predicted = new int[gold.Length];
        var confidences = new float[gold.Length];
        Array.Fill(predicted, -1);
        for (int j = 0; j < kept.Length; j++)
        {
            predicted[kept[j]] = answers.Labels[j];
            confidences[kept[j]] = answers.Confidences[j];
        }
        if (predicted.All(label => label < 0)) return null;
        return Metrics.Quality.Measure(
            [.. gold.Select(document => document.Label)], predicted, confidences, [.. _task.Labels.Select(label => label.Name)]);
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
            Calls = spent.Asked,
            PromptTokens = spent.PromptTokens,
            CompletionTokens = spent.CompletionTokens,
        };
    }

    public void Dispose() => _journal.Dispose();
}

/// <summary>The part of the pool that has labels.</summary>
/// <param name="Documents">Texts.</param>
/// <param name="Labels">The teacher's distributions, aligned.</param>
internal sealed record LabelledPool(IReadOnlyList<Document> Documents, PseudoLabels Labels);

/// <summary>Reports on the calling thread: a progress line that arrives late says something wrong.</summary>
internal sealed class DirectProgress<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
