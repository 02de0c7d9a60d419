using Llkd.Reports.Charts;
using Llkd.Runs;

namespace Llkd.Reports.Comparison;

/// <summary>
/// The same student under several teachers: the teacher's own score beside its students'. Teachers are told apart by what
/// the study varies (`teacher` → name), else by the data set, since each task file names its teacher.
/// </summary>
internal static class TeacherStudy
{
    private const string Key = "teacher";

    private sealed record Pairing(string Teacher, ComparisonDataSet Data, ComparisonMethod? Asked, IReadOnlyList<ComparisonMethod> Students);

    public static StudyPart? Part(ComparisonView view)
    {
        Pairing[] pairings = [.. Pairings(view)];
        if (pairings.Length == 0)
            return null;
        string[] students = [.. pairings.SelectMany(pairing => pairing.Students.Select(method => method.Published)).Distinct()];
        var grid = new Grid("Macro F1 on the test set, %", "Teacher", ["Teacher itself", .. students]);
        var rows = new List<PlotRow>();
        foreach (var pairing in pairings)
        {
            var own = pairing.Asked is null ? Score.None : view.Score(pairing.Data, pairing.Asked, Metric.MacroF1);
            var cells = new List<GridCell> { own.Count > 0 ? GridCell.Number(own.ToString(), own.Mean) : GridCell.None };
            var marks = new List<RowMark>();
            foreach (string student in students)
            {
                var method = pairing.Students.FirstOrDefault(method => method.Published == student);
                if (method is null)
                {
                    cells.Add(GridCell.None);
                    continue;
                }
                var score = view.Score(pairing.Data, method, Metric.MacroF1);
                cells.Add(ScoreTables.Cell(view, grid, pairing.Data, method, score));
                marks.Add(new(score.Mean, score.Mean - score.Deviation, score.Mean + score.Deviation, method.Role == ComparisonRole.Own ? "own" : "even", $"{student} under {pairing.Teacher}: {score}"));
            }
            if (own.Count > 0)
                marks.Insert(0, new(own.Mean, double.NaN, double.NaN, "teacher", $"{pairing.Teacher} itself: {own}"));
            grid.Rows.Add(new(pairing.Teacher, cells));
            rows.Add(new(pairing.Teacher) { Marks = marks });
        }
        var plot = new RowPlot
        {
            Title = "Students beside their teachers",
            Description = "One row a teacher; the teacher’s own macro F1 and that of its students.",
            XTitle = "macro F1 on the test set",
            XFormat = value => Figure.Percent(value, 0),
            XLowest = 0,
            XHighest = 1,
            Groups = [new("", rows)],
        };
        return new("Students beside their teachers", "", grid, (id, width) => plot.Render(id, width),
            "Macro F1 under each teacher: orange the teacher itself, blue LLKD, grey other students; lines are one standard deviation over seeds.");
    }

    private static IEnumerable<Pairing> Pairings(ComparisonView view)
    {
        bool Asked(ComparisonMethod method) => method.Role == ComparisonRole.Reference && method.Key.StartsWith("teacher", StringComparison.Ordinal);
        string[] teachers = [.. view.Methods.Select(method => method.Varied.GetValueOrDefault(Key)).OfType<string>().Distinct()];
        foreach (var data in view.DataSets)
            if (teachers.Length == 0)
                yield return new(data.Name, data, view.Methods.FirstOrDefault(Asked), [.. view.Methods.Where(method => !Asked(method))]);
            else
                foreach (string teacher in teachers)
                {
                    ComparisonMethod[] under = [.. view.Methods.Where(method => method.Varied.GetValueOrDefault(Key) == teacher)];
                    yield return new(view.DataSets.Count > 1 ? $"{teacher}, {data.Name}" : teacher, data, under.FirstOrDefault(Asked), [.. under.Where(method => !Asked(method))]);
                }
    }
}
