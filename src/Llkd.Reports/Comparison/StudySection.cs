using Llkd.Reports.Charts;
using Llkd.Reports.Html;

namespace Llkd.Reports.Comparison;

/// <summary>A figure and a table of a study.</summary>
/// <param name="Heading">Its heading.</param>
/// <param name="Words">What is to be seen.</param>
/// <param name="Table">The numbers.</param>
/// <param name="Draw">Makes the drawing, given its id and width; null where there is nothing to draw.</param>
/// <param name="Caption">Words under the drawing.</param>
internal sealed record StudyPart(string Heading, string Words, Grid Table, Func<string, double, Markup>? Draw, string Caption);

/// <summary>What a study shows beyond a plain comparison.</summary>
internal static class StudySection
{
    /// <summary>The parts of the record's study; none for a plain comparison or before there is anything to show.</summary>
    public static IReadOnlyList<StudyPart> Parts(ComparisonView view) => view.Record.Cells.Count == 0 ? [] : view.Record.Study switch
    {
        "ablation" => [Ablation(view)],
        "sensitivity" => [.. SensitivityStudy.Parts(view)],
        "few-labels" => FewLabelsStudy.Part(view) is { } part ? [part] : [],
        "teacher" => TeacherStudy.Part(view) is { } part ? [part] : [],
        _ => [],
    };

    private static StudyPart Ablation(ComparisonView view)
    {
        var plot = new RowPlot
        {
            Title = "Macro F1 with parts of the method left out",
            Description = "One group of bars a data set, one bar a variant, with the standard deviation over seeds.",
            XTitle = "macro F1 on the test set",
            XFormat = value => Figure.Percent(value, 0),
            XLowest = 0,
            XHighest = 1,
            Groups =
            [
                .. view.DataSets.Select(data => new PlotGroup(data.Name, [.. view.Methods.Where(method => view.Good(data, method).Any()).Select(method =>
                {
                    var score = view.Score(data, method, Metric.MacroF1);
                    return new PlotRow(view.Name(method))
                    {
                        Bar = score.Mean,
                        BarCss = method == view.Own ? "own" : "baseline",
                        Marks = [new(score.Mean, score.Mean - score.Deviation, score.Mean + score.Deviation, "spreadmark")],
                        Note = score.ToString(),
                        Strong = method == view.Own,
                    };
                })])).Where(group => group.Rows.Count > 0),
            ],
        };
        var grid = new Grid("Macro F1 and share of samples used", "Variant", [.. view.DataSets.SelectMany(data => new[] { data.Name, "share used" })]);
        foreach (var method in view.Methods)
            grid.Rows.Add(new(view.Name(method), [.. view.DataSets.SelectMany(data => new[]
            {
                ScoreTables.Cell(view, grid, data, method, view.Score(data, method, Metric.MacroF1)),
                view.Share(data, method) is { Count: > 0 } share ? GridCell.Number(Figure.Percent(share.Mean), share.Mean) : GridCell.None,
            })])
            { Highlight = method == view.Own });
        return new("Ablation", "Macro F1 on the test set with one or both conditions left out; whiskers are one standard deviation over seeds.", grid,
            (id, width) => plot.Render(id, width), "Macro F1 of each variant.");
    }
}
