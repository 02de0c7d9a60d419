using System.Globalization;
using Llkd.Tasks;

namespace Llkd.Documents;

/// <summary>What a check of a task's files found.</summary>
/// <param name="Report">Lines for the reader: each file's rows, texts and labels, and overlaps.</param>
/// <param name="Problems">What must be mended before the task can run, or differs from what the task file expects; empty if all is well.</param>
public sealed record DataCheckResult(IReadOnlyList<string> Report, IReadOnlyList<string> Problems);

/// <summary>
/// Reads every file of a task and says what is in it and what is wrong with it, all at once: where a run stops at the
/// first wrong row, this counts them.
/// </summary>
public static class DataCheck
{
    /// <summary>Checks a task's files.</summary>
    /// <param name="task">The task.</param>
    /// <returns>What was found; a file that cannot be read is one of the problems.</returns>
    public static DataCheckResult Run(DistillationTask task)
    {
        ArgumentNullException.ThrowIfNull(task);
        var report = new List<string>();
        var problems = new List<string>();
        DataOptions data = task.Data;
        var files = new List<CheckedFile>();
        Add("pool", "data.pool", data.Pool, gold: false, data.Expected.Pool);
        Add("validation", "data.validation", data.Validation, gold: true, data.Expected.Validation);
        Add("test", "data.test", data.Test, gold: true, data.Expected.Test);
        if (task.Teacher.Examples is { } examples && files.All(file => file.Path != task.PathOf(examples)))
            Add("examples", "teacher.examples", examples, gold: false, null);
        if (task.Teacher is { Kind: TeacherKind.Recorded, Labels: { } recorded }) CheckRecorded(task, recorded, report, problems);
        Overlaps(files, report);
        MissingLabels(task, files, problems);
        return new DataCheckResult(report, problems);

        void Add(string set, string key, string? path, bool gold, int? expected)
        {
            if (path is null)
            {
                if (expected is not null) problems.Add($"`data.expected.{set}` is {expected}, but the task has no `{key}`.");
                return;
            }
            var file = new CheckedFile(set, task.PathOf(path));
            try
            {
                file.Read(task, gold);
            }
            catch (InputException error)
            {
                // What was counted before the damage would mislead.
                problems.Add(error.Message);
                return;
            }
            files.Add(file);
            file.Describe(task, report);
            file.Judge(task, key, gold, expected, problems);
        }
    }

    private static void Overlaps(List<CheckedFile> files, List<string> report)
    {
        for (int i = 0; i < files.Count; i++)
            for (int j = i + 1; j < files.Count; j++)
            {
                int shared = files[i].Texts.Count(files[j].Texts.Contains);
                if (shared == 0) continue;
                string then = files[i].Set == "pool" ? "; a run leaves them out of the pool" : files[j].Set == "test" ? "; the test figures are then too good" : "";
                report.Add($"overlap: {Count(shared, "text stands", "texts stand")} in both {files[i].Set} and {files[j].Set}{then}");
            }
    }

    private static void MissingLabels(DistillationTask task, List<CheckedFile> files, List<string> problems)
    {
        CheckedFile[] labelled = [.. files.Where(file => file.Labels.Any(count => count > 0))];
        string[] nowhere = [.. task.Labels.Where((_, k) => labelled.Length > 0 && labelled.All(file => file.Labels[k] == 0)).Select(label => $"`{label.Name}`")];
        if (nowhere.Length > 0)
            problems.Add($"No file has a text of {string.Join(", ", nowhere)}; check the labels' names (or `value`s) and that the copy is whole.");
    }

    private static void CheckRecorded(DistillationTask task, string file, List<string> report, List<string> problems)
    {
        string path = task.PathOf(file);
        try
        {
            using ITable table = Table.Open(path);
            if (table.Find(task.Data.Id) < 0 && table.Find(task.Data.Text) < 0)
                problems.Add($"{path}: there is neither a column `{task.Data.Id}` nor `{task.Data.Text}` to match rows by.");
            int label = task.Teacher.Probabilities is null ? table.Require(task.Teacher.Label, "teacher.label") : -1;
            if (task.Teacher.Confidence is { } confidence) table.Require(confidence, "teacher.confidence");
            foreach (TaskLabel known in task.Labels)
                if (task.Teacher.Probabilities is { } pattern) table.Require(pattern.Replace("{label}", known.Name, StringComparison.Ordinal), "teacher.probabilities");
            var unknown = new SortedDictionary<string, long>(StringComparer.Ordinal);
            while (table.Read())
                if (label >= 0 && table[label] is { } name && !string.IsNullOrWhiteSpace(name) && task.Labels.All(known => known.Name != name))
                    unknown[name] = unknown.GetValueOrDefault(name) + 1;
            report.Add($"recorded labels: {path}: {Count(table.Row, "row", "rows")}");
            if (unknown.Count > 0)
                report.Add($"  no label of the task: {string.Join(", ", unknown.OrderByDescending(pair => pair.Value).Take(20).Select(pair => $"`{pair.Key}` {Number(pair.Value)}"))}; such rows give no label");
        }
        catch (InputException error)
        {
            problems.Add(error.Message);
        }
    }

    internal static string Count(long count, string one, string many) => $"{Number(count)} {(count == 1 ? one : many)}";

    internal static string Number(long count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
