using Llkd.Documents;
using Llkd.Labels;
using Llkd.Tasks;
using Llkd.Teachers;

namespace Llkd.Cli.Pipeline;

/// <summary>Makes the teacher a task names.</summary>
internal static class TeacherFactory
{
    /// <summary>The teacher, a few words on it, and what the user should look at once it has labelled.</summary>
    public static (ITeacher Teacher, string Summary, Func<IReadOnlyList<string>> Warnings) Create(DistillationTask task, DataSet data)
    {
        switch (task.Teacher.Kind)
        {
            case TeacherKind.Prototype:
                // Without the pool's document frequencies: measured on six data sets they make no better teacher, and a
                // pool that grows would make it another teacher, so that every text would have to be labelled again.
                var prototype = new PrototypeTeacher(task.Labels, data.Examples);
                return (prototype, prototype.Summary, () => []);
            case TeacherKind.Recorded:
                string path = task.PathOf(task.Teacher.Labels!);
                var recorded = new RecordedTeacher(Rows(task, path), task.Labels, path);
                return (recorded, $"recorded, {Path.GetFileName(path)}", () => recorded.Warnings);
            case TeacherKind.Openai:
                LanguageModelTeacher model = LanguageModelFactory.Create(task, data.Examples);
                return (model, model.Summary, () => []);
            case TeacherKind.Onnx:
                return LocalModelFactory.CreateWithSummary(task, data.Examples);
            default:
                throw new InputException($"teacher.kind `{task.Teacher.Kind}` is not known.");
        }
    }

    private static IEnumerable<RecordedRow> Rows(DistillationTask task, string path)
    {
        TeacherOptions options = task.Teacher;
        using ITable table = Table.Open(path);
        int id = table.Find(task.Data.Id);
        int text = table.Find(task.Data.Text);
        if (id < 0 && text < 0)
            throw new InputException($"{path}: there is neither a column `{task.Data.Id}` nor `{task.Data.Text}` to match rows by. Columns: {string.Join(", ", table.Columns)}.");
        int[]? probabilities = options.Probabilities is null ? null
            : [.. task.Labels.Select(label => table.Require(options.Probabilities.Replace("{label}", label.Name, StringComparison.Ordinal), "teacher.probabilities"))];
        int named = probabilities is null ? table.Require(options.Label, "teacher.label") : table.Find(options.Label);
        // A gold column that the task calls `label` is not the teacher's own word when probabilities are given.
        if (probabilities is not null && options.Label == task.Data.Label) named = -1;
        int confidence = options.Confidence is null ? -1 : table.Require(options.Confidence, "teacher.confidence");
        while (table.Read())
        {
            yield return new RecordedRow(
                table.Row, Cell(table, id), Cell(table, text), Cell(table, named), Cell(table, confidence),
                probabilities is null ? null : [.. probabilities.Select(column => table[column])]);
        }
    }

    private static string? Cell(ITable table, int column) => column < 0 ? null : table[column];
}
