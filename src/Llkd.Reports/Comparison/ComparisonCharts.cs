using System.Globalization;
using Llkd.Reports.Charts;
using Llkd.Runs;
using Llkd.Statistics;

namespace Llkd.Reports.Comparison;

/// <summary>The figures of a plain comparison.</summary>
internal static class ComparisonCharts
{
    // More lines than these cannot be told apart by colour.
    private const int MostNamed = 7;

    /// <summary>Critical-difference diagram (Demšar 2006), one row a method: its mean rank, and bars that join those Nemenyi's test cannot tell apart.</summary>
    public static RowPlot CriticalDifference(ComparisonView view, FriedmanTest test)
    {
        int[] order = [.. Enumerable.Range(0, test.MeanRanks.Count).OrderBy(j => test.MeanRanks[j])];
        var methods = view.Ranking.Methods;
        PlotRow[] rows = [.. order.Select(j => new PlotRow(view.Name(methods[j]))
        {
            Marks = [new(test.MeanRanks[j], double.NaN, double.NaN, IsOwn(methods[j]) ? "own" : "even", $"{view.Name(methods[j])}: mean rank {Figure.Fixed(test.MeanRanks[j], 2)}")],
            Note = Figure.Fixed(test.MeanRanks[j], 2),
            Strong = IsOwn(methods[j]),
        })];
        var alike = test.Alike();
        return new RowPlot
        {
            Title = "Mean ranks and critical difference",
            Description = $"Mean rank by macro F1 of {rows.Length.ToString(CultureInfo.InvariantCulture)} methods over {test.DataSets.ToString(CultureInfo.InvariantCulture)} data sets; {rows[0].Name} is first with {rows[0].Note}. Critical difference {Figure.Fixed(test.CriticalDifference, 2)}.",
            XTitle = "mean rank by macro F1, 1 is best",
            XFormat = value => Figure.Fixed(value, value == Math.Floor(value) ? 0 : 1),
            XLowest = 1,
            XHighest = rows.Length,
            Groups = [new("", rows)],
            Joined = [.. alike.Select(group => (Array.IndexOf(order, group[0]), Array.IndexOf(order, group[^1])))],
            Ruler = (test.CriticalDifference, $"critical difference {Figure.Fixed(test.CriticalDifference, 2)}"),
        };
    }

    /// <summary>Paired differences with their intervals, the strongest rival first.</summary>
    public static RowPlot Forest(ComparisonView view, ComparisonMethod own, IReadOnlyList<MethodEvidence> evidence, string where)
    {
        PlotRow Row(MethodEvidence row)
        {
            var d = row.MacroF1;
            string css = d.Low > 0 ? "own" : d.High < 0 ? "behind" : "even";
            return new(view.Name(row.Method))
            {
                Marks = [new(d.Difference, d.Low, d.High, css, $"against {view.Name(row.Method)}: {Figure.Points(d.Difference, 2)} points, {Figure.Points(d.Low, 2)} to {Figure.Points(d.High, 2)}")],
                Note = Figure.Points(d.Difference, 2),
            };
        }

        PlotGroup Group(string heading, Func<ComparisonRole, bool> of) => new(heading, [.. evidence.Where(row => of(row.Method.Role)).OrderBy(row => row.MacroF1.Difference).Select(Row)]);
        PlotGroup[] groups = [.. new[] { Group("against baselines", role => role == ComparisonRole.Baseline), Group("against its own variants", role => role == ComparisonRole.Own), Group("against references", role => role == ComparisonRole.Reference) }
            .Where(group => group.Rows.Count > 0)];
        return new RowPlot
        {
            Title = $"Macro F1 of {view.Name(own)} less that of every other method, {where}",
            Description = $"{evidence.Count(row => row.MacroF1.Low > 0).ToString(CultureInfo.InvariantCulture)} of {evidence.Count.ToString(CultureInfo.InvariantCulture)} intervals lie above zero, {evidence.Count(row => row.MacroF1.High < 0).ToString(CultureInfo.InvariantCulture)} below.",
            XTitle = "points of macro F1, right of the line is better",
            XFormat = value => Figure.Points(value, Math.Abs(100 * value - Math.Round(100 * value)) < 1e-6 ? 0 : 1),
            Rule = 0,
            Groups = groups,
        };
    }

    /// <summary>Mean share of samples as bars, the data sets as dots.</summary>
    public static RowPlot Shares(ComparisonView view)
    {
        var rows = view.Methods.Select(method => (Method: method, Share: view.OverDataSets(method, view.Share))).Where(row => double.IsFinite(row.Share)).OrderBy(row => row.Share)
            .Select(row => new PlotRow(view.Name(row.Method))
            {
                Bar = row.Share,
                BarCss = IsOwn(row.Method) ? "own" : "baseline",
                Marks = [.. view.DataSets.Select(data => (data.Name, view.Share(data, row.Method).Mean)).Where(point => double.IsFinite(point.Mean))
                    .Select(point => new RowMark(point.Mean, double.NaN, double.NaN, "set", $"{view.Name(row.Method)} on {point.Name}: {Figure.Percent(point.Mean)}"))],
                Note = Figure.Percent(row.Share),
                Strong = IsOwn(row.Method),
            }).ToList();
        return new RowPlot
        {
            Title = "Share of the offered samples that the optimiser saw",
            Description = rows.Count == 0 ? "No method has trained yet." : $"From {rows[0].Note} ({rows[0].Name}) to {rows[^1].Note} ({rows[^1].Name}), means over data sets.",
            XTitle = "share of samples used",
            XFormat = value => Figure.Percent(value, 0),
            XLowest = 0,
            XHighest = 1,
            Groups = [new("", rows)],
        };
    }

    /// <summary>Macro F1 on the validation set over samples seen, one line a method; null where no curve was recorded.</summary>
    public static LineChart? Curves(ComparisonView view, ComparisonDataSet data)
    {
        var curves = view.Methods.Select(method => (Method: method, Points: MeanCurve(view.Good(data, method)))).Where(curve => curve.Points.Count > 0).ToList();
        if (curves.Count == 0)
            return null;
        // LLKD's variants and the best baselines are named; the others stay as grey context.
        var named = curves.OrderByDescending(curve => IsOwn(curve.Method)).ThenByDescending(curve => curve.Points.Max(point => point.Y)).Take(MostNamed).Select(curve => curve.Method)
            .Append(view.Everything).OfType<ComparisonMethod>().Distinct().ToList();
        Series Line((ComparisonMethod Method, IReadOnlyList<Point> Points) curve) => named.IndexOf(curve.Method) is >= 0 and int rank
            ? new(view.Name(curve.Method), curve.Points, "c" + (rank % 8 + 1).ToString(CultureInfo.InvariantCulture), IsOwn(curve.Method))
            : new(view.Name(curve.Method), curve.Points, "c0", Labelled: false);
        var best = curves.MaxBy(curve => curve.Points.Max(point => point.Y));
        return new LineChart
        {
            Title = $"Validation macro F1 over samples seen on {data.Name}",
            Description = $"{curves.Count.ToString(CultureInfo.InvariantCulture)} methods, means over seeds; {view.Name(best.Method)} reaches the highest point, {Figure.Percent(best.Points.Max(point => point.Y))}.",
            XTitle = "samples the optimiser saw",
            YTitle = "validation macro F1",
            Lines = [.. curves.OrderBy(curve => named.Contains(curve.Method)).Select(Line)],
            YFormat = value => (100 * value).ToString("0.##", CultureInfo.InvariantCulture) + "\u202F%",
        };
    }

    // Seeds evaluate at the same steps; a run that stopped early no longer counts in the later points.
    private static IReadOnlyList<Point> MeanCurve(IEnumerable<ComparisonCell> cells) =>
    [
        .. cells.SelectMany(cell => cell.Curve.Where(point => double.IsFinite(point.MacroF1))).GroupBy(point => point.Step).OrderBy(group => group.Key)
            .Select(group => new Point(group.Average(point => (double)point.Seen), group.Average(point => point.MacroF1))),
    ];

    internal static bool IsOwn(ComparisonMethod method) => method.Role == ComparisonRole.Own;
}
