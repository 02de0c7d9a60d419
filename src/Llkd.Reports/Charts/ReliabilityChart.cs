using System.Globalization;
using Llkd.Reports.Html;
using Llkd.Runs;

namespace Llkd.Reports.Charts;

/// <summary>One classifier of a reliability chart.</summary>
internal sealed record ReliabilityCurve(string Name, double Ece, IReadOnlyList<ReliabilityBin> Bins, string Css);

/// <summary>Accuracy over stated confidence, with the diagonal of perfect calibration, and counts as bars below.</summary>
internal sealed class ReliabilityChart
{
    private const double Font = 12;

    public required string Title { get; init; }
    public required string Description { get; init; }
    public required IReadOnlyList<ReliabilityCurve> Curves { get; init; }

    public Markup Render(string id, double width)
    {
        const double left = 54, strip = 62;
        double right = width - 12, top = 24 + 20 * Curves.Count;
        double bottom = top + (right - left) * 0.86;
        double height = bottom + 26 + Curves.Count * (strip + 12) + 26;
        var svg = new Svg(width, height, id, Title, Description);
        var x = new Scale(0, 1, left, right);
        var y = new Scale(0, 1, bottom, top);
        svg.Text(0, 12, "share right", "axis");
        for (int i = 0; i < Curves.Count; i++)
        {
            svg.Line(left, 26 + 20 * i, left + 16, 26 + 20 * i, $"line thick {Curves[i].Css}");
            string text = $"{Curves[i].Name}, ECE {Figure.Percent(Curves[i].Ece)}";
            svg.Text(left + 24, 30 + 20 * i, TextMeasure.Fit(text, right - left - 24, Font), "label", tip: text);
        }
        foreach (double tick in y.Ticks(5))
        {
            svg.Line(left, y[tick], right, y[tick], "grid");
            svg.Text(left - 8, y[tick] + 4, Figure.Percent(tick, 0), "tick", Anchor.End);
        }
        svg.Line(x[0], y[0], x[1], y[1], "diagonal");
        foreach (var curve in Curves)
            Draw(svg, curve, x, y);

        double at = bottom + 26;
        foreach (var curve in Curves)
        {
            Counts(svg, curve, x, at, strip);
            at += strip + 12;
        }
        foreach (double tick in x.Ticks(5))
            svg.Text(Math.Min(x[tick], right - 4), at + 4, Figure.Percent(tick, 0), "tick", tick >= 1 ? Anchor.End : Anchor.Middle);
        svg.Text((left + right) / 2, height - 3, "stated confidence", "axis", Anchor.Middle);
        return svg.Render();
    }

    private static void Draw(Svg svg, ReliabilityCurve curve, Scale x, Scale y)
    {
        var bins = curve.Bins.Where(bin => bin.Count > 0 && double.IsFinite(bin.Confidence) && double.IsFinite(bin.Accuracy)).ToList();
        if (bins.Count > 1)
            svg.Polyline(bins.Select(bin => new Point(x[bin.Confidence], y[bin.Accuracy])), $"line {curve.Css}", curve.Name);
        foreach (var bin in bins)
            svg.Circle(x[bin.Confidence], y[bin.Accuracy], 3.5, $"dot {curve.Css}", Tip(curve, bin));
    }

    private static void Counts(Svg svg, ReliabilityCurve curve, Scale x, double top, double height)
    {
        int most = Math.Max(1, curve.Bins.Select(bin => bin.Count).DefaultIfEmpty().Max());
        var y = new Scale(0, most, top + height, top + 4);
        svg.Line(x[0], top + height, x[1], top + height, "axisline");
        svg.Text(x[0] - 8, top + 12, Figure.Short(most), "tick", Anchor.End);
        svg.Text(x[0] - 8, top + height, "0", "tick", Anchor.End);
        foreach (var bin in curve.Bins.Where(bin => bin.Count > 0 && double.IsFinite(bin.Lower) && double.IsFinite(bin.Upper)))
            svg.Rect(x[bin.Lower] + 0.5, y[bin.Count], x[bin.Upper] - x[bin.Lower] - 1, top + height - y[bin.Count], curve.Css, 0.75, Tip(curve, bin));
    }

    private static string Tip(ReliabilityCurve curve, ReliabilityBin bin) => string.Create(CultureInfo.InvariantCulture,
        $"{curve.Name}: confidence {bin.Lower:0.00}–{bin.Upper:0.00}, {Figure.Count(bin.Count)} texts, mean confidence {Figure.Percent(bin.Confidence)}, right {Figure.Percent(bin.Accuracy)}");
}
