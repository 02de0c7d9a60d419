using Llkd.Runs;
using Llkd.Tasks;

namespace Llkd.Documents;

/// <summary>A task's documents: the pool to learn from, and what must be kept apart from it.</summary>
public sealed class DataSet : IDisposable
{
    private readonly List<string> _warnings = [];
    private DocumentStore? _store;

    private DataSet() { }

    /// <summary>Texts training may use, in the order of the file. A gold label in it is for reports only.</summary>
    public IReadOnlyList<Document> Pool { get; private set; } = [];

    /// <summary>Texts with gold labels for early stopping and calibration; none where the task has no validation set.</summary>
    public IReadOnlyList<Document> Validation { get; private set; } = [];

    /// <summary>Texts with gold labels for the reported figures; none where the task has no test set.</summary>
    public IReadOnlyList<Document> Test { get; private set; } = [];

    /// <summary>Gold examples for the teacher, class by class; none for a recorded or a zero-shot teacher.</summary>
    public IReadOnlyList<Document> Examples { get; private set; } = [];

    /// <summary>Counts of what was read and left out; the teacher's failures are not known yet and stand as 0.</summary>
    public DataRecord Counts { get; private set; } = null!;

    /// <summary>What is allowed but probably not meant, one sentence each.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Reads a task's files and takes apart what must not mix. The pool's texts lie in a temporary file where they are large.</summary>
    /// <param name="task">The task.</param>
    /// <param name="scratch">Folder of that file; null: the system's temporary folder.</param>
    /// <exception cref="InputException">A file or row is wrong, a set has no rows, or there is nothing to draw the teacher's examples from.</exception>
    public static DataSet Load(DistillationTask task, string? scratch = null)
    {
        ArgumentNullException.ThrowIfNull(task);
        var set = new DataSet();
        DocumentStore pool = set._store = new DocumentStore(scratch);
        set.ReadSets(task, pool, out long empty);
        set.Examples = ChooseExamples(task, set, pool);
        set.TakePool(task, pool, empty);
        set.Warn(task);
        return set;
    }

    /// <summary>Deletes the temporary file, if there is one; the pool cannot be read any more then.</summary>
    public void Dispose() => _store?.Dispose();

    /// <summary>The same documents for a teacher that sees no examples.</summary>
    public DataSet WithoutExamples() => new() { Pool = Pool, Validation = Validation, Test = Test, Counts = Counts };

    private void ReadSets(DistillationTask task, DocumentStore pool, out long empty)
    {
        DataOptions data = task.Data;
        var counts = new ReadCounts();
        string path = task.PathOf(data.Pool);
        var heldOut = new HeldOut(data);
        foreach (Document document in DocumentReader.Read(path, data, task.Labels, requireLabels: false, counts))
            if (!heldOut.Takes(document)) pool.Add(document);
        pool.Complete();
        empty = counts.Empty;
        if (counts.Rows == empty) throw new InputException($"{path}: the pool has no texts ({counts.Rows} rows, {empty} of them empty).");
        if (data.ValidationShare > 0 || data.TestShare > 0)
        {
            if (counts.Labelled == 0)
                throw new InputException(
                    $"{path}: `data.validationShare` and `data.testShare` hold out rows with a gold label, and no row has one in column `{data.Label}`; set `data.label` or leave the shares away.");
            (Validation, Test) = (heldOut.Validation, heldOut.Test);
            RequireRows(data.ValidationShare > 0, Validation, "data.validationShare", path);
            RequireRows(data.TestShare > 0, Test, "data.testShare", path);
        }
        if (data.Validation is { } validationFile) Validation = ReadGold(task, validationFile, "data.validation");
        if (data.Test is { } testFile) Test = ReadGold(task, testFile, "data.test");
    }

    private static List<Document> ReadGold(DistillationTask task, string file, string key)
    {
        string path = task.PathOf(file);
        List<Document> documents = [.. DocumentReader.Read(path, task.Data, task.Labels, requireLabels: true, new ReadCounts())];
        RequireRows(true, documents, key, path);
        return documents;
    }

    private static void RequireRows(bool wanted, IReadOnlyList<Document> documents, string key, string path)
    {
        if (wanted && documents.Count == 0)
            throw new InputException($"{path}: `{key}` gives no text with a gold label; give more rows, or leave the key away.");
    }

    private static List<Document> ChooseExamples(DistillationTask task, DataSet set, DocumentStore pool)
    {
        TeacherOptions teacher = task.Teacher;
        // Where each text gets the nearest examples, all that there are may be shown.
        int shots = teacher is { Kind: TeacherKind.Openai, Nearest: > 0 } ? int.MaxValue : teacher.Shots;
        if (teacher.Kind == TeacherKind.Recorded || shots == 0) return [];
        if (teacher.Examples is { } file)
        {
            string path = task.PathOf(file);
            var counts = new ReadCounts();
            // The test set must stay unseen, even where the examples come from a table that holds it.
            HashSet<DocumentKey> test = [.. set.Test.Select(document => document.Key)];
            List<Document> candidates =
            [
                .. DocumentReader.Read(path, task.Data, task.Labels, requireLabels: false, counts)
                    .Where(document => document.HasLabel && !test.Contains(document.Key)),
            ];
            return candidates.Count > 0
                ? ExampleChoice.Draw(candidates, task.Labels.Count, shots, teacher.Seed)
                : throw new InputException(
                    $"{path}: `teacher.examples` has no text with a gold label{(counts.Labelled > 0 ? " outside the test set" : $" in column `{task.Data.Label}`")}; " +
                    "name another table, or set `teacher.shots: 0`.");
        }
        if (set.Validation.Count > 0) return ExampleChoice.Draw(set.Validation, task.Labels.Count, shots, teacher.Seed);
        if (Enumerable.Range(0, pool.Count).Any(i => pool.LabelAt(i) >= 0))
            throw new InputException(
                $"The teacher is to see {teacher.Shots} gold examples per class, but the task has no validation set. " +
                "The pool has gold labels: set `teacher.examples` to a table to take them from (the pool's own file will do), or set `teacher.shots: 0`.");
        set._warnings.Add("There are no gold labels to take examples from, so the teacher is zero-shot; set `teacher.shots: 0` to say so.");
        return [];
    }

    private void TakePool(DistillationTask task, DocumentStore read, long empty)
    {
        HashSet<DocumentKey> apart = [.. Validation.Concat(Test).Concat(Examples).Select(document => document.Key)];
        var seen = new KeyIndex(read.KeyAt, read.Count);
        int duplicates = 0, leaked = 0;
        IReadOnlyList<Document> pool = read.Where(i =>
        {
            if (apart.Contains(read.KeyAt(i)))
            {
                leaked++;
                return false;
            }
            if (seen.TryAdd(i, out _)) return true;
            duplicates++;
            return task.Data.Duplicates == DuplicatePolicy.Keep;
        });
        if (pool.Count == 0)
            throw new InputException(
                $"{task.PathOf(task.Data.Pool)}: nothing is left of the pool; {leaked} texts also stand in the validation set, the test set or the teacher's examples.");
        Pool = pool;
        Counts = new DataRecord
        {
            Pool = pool.Count,
            Validation = Validation.Count,
            Test = Test.Count,
            Empty = checked((int)empty),
            Duplicates = duplicates,
            Leaked = leaked,
            Unlabelled = 0,
        };
    }

    private void Warn(DistillationTask task)
    {
        foreach ((IReadOnlyList<Document> documents, string name) in new[] { (Validation, "validation set"), (Test, "test set") })
        {
            if (documents.Count > 0 && documents.All(document => document.Label == documents[0].Label))
                _warnings.Add($"The {name} holds only one class, `{task.Labels[documents[0].Label].Name}`; its figures say little.");
        }
        HashSet<DocumentKey> validation = [.. Validation.Select(document => document.Key)];
        int shared = Test.Count(document => validation.Contains(document.Key));
        if (shared > 0) _warnings.Add($"{shared} {(shared == 1 ? "text stands" : "texts stand")} in both the validation and the test set.");
        if (Examples.Count == 0) return;
        var given = Examples.Select(document => document.Label).ToHashSet();
        List<string> missing = [.. task.Labels.Where((_, i) => !given.Contains(i)).Select(label => $"`{label.Name}`")];
        if (missing.Count > 0) _warnings.Add($"The teacher has no gold example of {string.Join(", ", missing)}.");
    }
}
