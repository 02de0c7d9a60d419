using Llkd.Runs;

namespace Llkd.Reports;

/// <summary>What the JSON reader does not check: nulls inside lists.</summary>
internal static class RunRecordCheck
{
    public static void Lists(RunRecord run, string path)
    {
        bool whole = run.Labels.All(label => label is not null)
            && Quality(run.TeacherTest) && Quality(run.TeacherPool)
            && Method(run.Method) && run.Baselines.All(baseline => baseline is not null && Method(baseline));
        if (!whole)
            throw new InputException($"'{path}' is not a whole run record: a list in it holds null. Run the task again to make it anew.");
    }

    private static bool Method(MethodRecord method) =>
        Quality(method.Test) && Quality(method.Validation)
        && method.Curve.All(point => point is not null)
        && method.Steps.All(point => point is not null)
        && method.EpochSelection.All(point => point is not null)
        && method.LeastSure.All(text => text is not null)
        && (method.Map is not { } map || (map.Offered.All(row => row is not null) && Same(map)));

    // The map's two tables are read cell by cell together.
    private static bool Same(SelectionMap map) =>
        map.Selected.Count == map.Offered.Count
        && map.Selected.Zip(map.Offered).All(rows => rows.First is not null && rows.First.Count == rows.Second.Count);

    private static bool Quality(QualityRecord? quality) => quality is null
        || (quality.PerClass.All(row => row is not null) && quality.Confusion.All(row => row is not null) && quality.Reliability.All(bin => bin is not null));
}
