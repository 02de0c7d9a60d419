using Llkd.Cli.Pipeline;
using Llkd.Runs;
using Llkd.Tasks;
using Llkd.Teachers;

namespace Llkd.Cli.Terminal;

/// <summary>What a command is about to do, and what the labelling did, in a line or two.</summary>
internal static class Overview
{
    public static void Show(DistillationTask task, LabelStage labels, Screen screen)
    {
        DataRecord counts = labels.Data.Counts;
        screen.Note(FormattableString.Invariant(
            $"{task.Name}: {counts.Pool:N0} texts, {task.Labels.Count} labels, teacher {labels.TeacherSummary}, student {task.Student.Kind.ToString().ToLowerInvariant()}"));
        (int Count, string What)[] left =
        [
            (counts.Empty, "empty"), (task.Data.Duplicates == DuplicatePolicy.Drop ? counts.Duplicates : 0, "repeated"),
            (counts.Leaked, "also in validation, test or examples"),
        ];
        if (left.Any(entry => entry.Count > 0))
            screen.Note("  left out of the pool: " + string.Join(", ", left.Where(e => e.Count > 0).Select(e => FormattableString.Invariant($"{e.Count:N0} {e.What}"))));
    }

    public static void Show(LabellingSummary summary, Screen screen)
    {
        if (summary.AlreadyThere > 0)
            screen.Note(FormattableString.Invariant($"  {summary.AlreadyThere:N0} answers were in the journal already"));
    }
}
