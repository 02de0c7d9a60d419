using System.Globalization;
using Llkd.Reports.Charts;
using Llkd.Reports.Html;
using Llkd.Runs;

namespace Llkd.Reports.Comparison;

/// <summary>One panel a varied key: macro F1 and share of samples over its values, one line a data set.</summary>
internal static class SensitivityStudy
{
    public static IEnumerable<StudyPart> Parts(ComparisonView view) =>
        view.Methods.SelectMany(method => method.Varied.Keys).Distinct().Select(key => Part(view, key));

    private static StudyPart Part(ComparisonView view, string key)
    {
        var axis = new StudyAxis(view.Methods.Where(method => method.Varied.ContainsKey(key)).Select(method => method.Varied[key]));
        var quality = new Dictionary<(string Data, string Value), Score>();
        var share = new Dictionary<(string Data, string Value), Score>();
        foreach (var data in view.DataSets)
            foreach (string value in axis.Values)
            {
                // Where several keys are varied together, a value stands for all that share it.
                ComparisonCell[] cells = [.. view.Methods.Where(method => method.Varied.GetValueOrDefault(key) == value).SelectMany(method => view.Good(data, method))];
                quality[(data.Name, value)] = Score.Of(cells.Select(cell => cell.MacroF1));
                share[(data.Name, value)] = Score.Of(cells.Select(cell => cell.Share ?? double.NaN));
            }
        var grid = new Grid($"Macro F1 and share of samples used over {key}", ComparisonView.ShortKey(key), [.. view.DataSets.SelectMany(data => new[] { $"{data.Name}, macro F1", "share used" })]);
        foreach (string value in axis.Values)
            grid.Rows.Add(new(value, [.. view.DataSets.SelectMany(data => new[]
            {
                GridCell.Number(quality[(data.Name, value)].ToString(), quality[(data.Name, value)].Mean),
                GridCell.Number(Figure.Percent(share[(data.Name, value)].Mean), share[(data.Name, value)].Mean),
            })]));
        var above = Chart(view, axis, quality, $"Macro F1 over {key}", "macro F1 on the test set", key);
        var below = Chart(view, axis, share, $"Share of samples used over {key}", "share of samples used", key);
        return new(key, "", grid, (id, width) => width <= 342
                ? Markup.Join([above.Render(id, width, 250), below.Render(id + "s", width, 250)])
                : Markup.Of($"<div class=\"pair\">{above.Render(id, 456, 300)}{below.Render(id + "s", 456, 300)}</div>"),
            $"Macro F1 (with one standard deviation over seeds) and share of samples used over {key}{(axis.IsLogarithmic ? ", logarithmic axis" : "")}.");
    }

    private static LineChart Chart(ComparisonView view, StudyAxis axis, Dictionary<(string Data, string Value), Score> scores, string title, string yTitle, string key)
    {
        Series Line(ComparisonDataSet data, int i)
        {
            var known = axis.Values.Where(value => scores[(data.Name, value)].Count > 0).ToList();
            double Deviation(string value) => scores[(data.Name, value)].Deviation is var d && double.IsFinite(d) ? d : 0;
            return new(data.Name, [.. known.Select(value => new Point(axis[value], scores[(data.Name, value)].Mean))], "c" + (i % 8 + 1).ToString(CultureInfo.InvariantCulture))
            {
                Dots = true,
                Spread = new([.. known.Select(value => axis[value])], [.. known.Select(value => scores[(data.Name, value)].Mean - Deviation(value))], [.. known.Select(value => scores[(data.Name, value)].Mean + Deviation(value))]),
            };
        }

        return new LineChart
        {
            Title = title,
            Description = $"One line for each of {view.DataSets.Count.ToString(CultureInfo.InvariantCulture)} data sets at {string.Join(", ", axis.Values)}.",
            XTitle = ComparisonView.ShortKey(key),
            YTitle = yTitle,
            Lines = [.. view.DataSets.Select(Line)],
            XTicks = axis.Ticks,
            YFormat = value => (100 * value).ToString("0.##", CultureInfo.InvariantCulture) + "\u202F%",
        };
    }
}
