using System.Globalization;
using Llkd.Reports.Charts;
using Llkd.Reports.Html;
using Llkd.Runs;

namespace Llkd.Reports.Comparison;

/// <summary>A student on few gold labels over their number, with LLKD and the teacher as level lines.</summary>
internal static class FewLabelsStudy
{
    private const string Key = "labels";

    public static StudyPart? Part(ComparisonView view)
    {
        ComparisonMethod[] few = [.. view.Methods.Where(method => method.Varied.ContainsKey(Key))];
        if (few.Length == 0)
            return null;
        var axis = new StudyAxis(few.Select(method => method.Varied[Key]));
        ComparisonMethod[] level = [.. view.Methods.Where(method => !method.Varied.ContainsKey(Key))];
        Score At(ComparisonDataSet data, string value) => Score.Of(few.Where(method => method.Varied[Key] == value).SelectMany(method => view.Good(data, method)).Select(cell => cell.MacroF1));
        var grid = new Grid("Macro F1 on the test set, %", "Gold labels", [.. view.DataSets.Select(data => data.Name)]);
        foreach (string value in axis.Values)
            grid.Rows.Add(new(value, [.. view.DataSets.Select(data => At(data, value) is { Count: > 0 } score ? GridCell.Number(score.ToString(), score.Mean) : GridCell.None)]));
        grid.Apart.Add(("Without gold labels to train on", [.. level.Select(method => new GridRow(view.Name(method), [.. view.DataSets.Select(data => ScoreTables.Cell(view, grid, data, method, view.Score(data, method, Metric.MacroF1)))]))]));
        LineChart[] charts = [.. view.DataSets.Select(data => Chart(view, data, axis, level, value => At(data, value)))];
        return new("Gold labels against LLKD", Reached(view, axis, At), grid, (id, width) => width <= 342
                ? Markup.Join(charts.Select((chart, i) => chart.Render($"{id}-{i}", width, 260)))
                : Markup.Of($"<div class=\"pair\">{Markup.Join(charts.Select((chart, i) => chart.Render($"{id}-{i}", 456, 300)))}</div>"),
            "Macro F1 of the same student trained on gold labels only, over their number, with LLKD (which trains on none) and the teacher as level lines.");
    }

    /// <summary>How many gold labels it takes to reach LLKD, in words.</summary>
    private static string Reached(ComparisonView view, StudyAxis axis, Func<ComparisonDataSet, string, Score> at) => view.Own is not { } own ? "" : string.Join(" ", view.DataSets.Select(data =>
    {
        double level = view.Score(data, own, Metric.MacroF1).Mean;
        string? enough = axis.Values.FirstOrDefault(value => at(data, value).Mean >= level);
        return !double.IsFinite(level) ? "" : enough is null
            ? $"On {data.Name}, no number of gold labels tried ({axis.Values[^1]} at most) reaches {view.Name(own)}, which needs none."
            : $"On {data.Name}, {enough} gold labels are enough to reach {view.Name(own)}, which needs none.";
    }).Where(words => words.Length > 0));

    private static LineChart Chart(ComparisonView view, ComparisonDataSet data, StudyAxis axis, ComparisonMethod[] level, Func<string, Score> at)
    {
        string[] known = [.. axis.Values.Where(value => at(value).Count > 0)];
        double Deviation(string value) => double.IsFinite(at(value).Deviation) ? at(value).Deviation : 0;
        var lines = new List<Series>
        {
            new("gold labels", [.. known.Select(value => new Point(axis[value], at(value).Mean))], "c3")
            {
                Dots = true,
                Spread = new([.. known.Select(value => axis[value])], [.. known.Select(value => at(value).Mean - Deviation(value))], [.. known.Select(value => at(value).Mean + Deviation(value))]),
            },
        };
        double from = axis[axis.Values[0]], to = axis[axis.Values[^1]];
        for (int i = 0; i < level.Length; i++)
            if (view.Score(data, level[i], Metric.MacroF1) is { Count: > 0 } score)
            {
                string css = level[i].Role == ComparisonRole.Own ? "c1" : level[i].Key.StartsWith("teacher", StringComparison.Ordinal) ? "c2" : "c" + (4 + i % 5).ToString(CultureInfo.InvariantCulture);
                lines.Add(new(view.Name(level[i]), [new(from, score.Mean), new(to, score.Mean)], css, level[i] == view.Own));
            }
        return new LineChart
        {
            Title = $"Macro F1 over the number of gold labels on {data.Name}",
            Description = $"The student on {string.Join(", ", known)} gold labels; level lines for {string.Join(", ", level.Select(view.Name))}.",
            XTitle = $"gold labels, {data.Name}",
            YTitle = "macro F1 on the test set",
            Lines = lines,
            XTicks = axis.Ticks,
            YFormat = value => (100 * value).ToString("0.##", CultureInfo.InvariantCulture) + "\u202F%",
        };
    }
}
