using System.Globalization;
using Llkd.Reports.Html;
using Llkd.Runs;

namespace Llkd.Reports.Charts;

/// <summary>
/// Teacher confidence across, student uncertainty upwards; hue from grey (left out) to blue (used), paler where fewer
/// samples fell, so that a strong colour always stands on many samples.
/// </summary>
internal sealed class SelectionHeatMap
{
    private const double Font = 12;

    public required string Title { get; init; }
    public required string Description { get; init; }
    public required SelectionMap Map { get; init; }
    /// <summary>Mean teacher threshold at the end, where there is one.</summary>
    public double? TeacherThreshold { get; init; }
    /// <summary>Mean student threshold at the end, where there is one.</summary>
    public double? StudentThreshold { get; init; }

    public Markup Render(string id, double width, double height)
    {
        var svg = new Svg(width, height, id, Title, Description);
        double left = 48, right = width - 14, top = 34, bottom = height - (width > 480 ? 90 : 128);
        var across = Map.ConfidenceEdges;
        var up = Map.UncertaintyEdges;
        var x = new Scale(across[0], across[^1], left, right);
        var y = new Scale(up[0], up[^1], bottom, top);
        svg.Rect(left, top, right - left, bottom - top, "plate");
        long most = Math.Max(1, Map.Offered.SelectMany(row => row).DefaultIfEmpty().Max());
        for (int row = 0; row < Math.Min(Map.Offered.Count, up.Count - 1); row++)
            for (int column = 0; column < Math.Min(Map.Offered[row].Count, across.Count - 1); column++)
                Cell(svg, row, column, x, y, most);
        Axes(svg, x, y, left, right, top, bottom);
        Thresholds(svg, x, y, left, right, top, bottom);
        for (int row = 0; row < Math.Min(Map.Offered.Count, up.Count - 1); row++)
            for (int column = 0; column < Math.Min(Map.Offered[row].Count, across.Count - 1); column++)
                Number(svg, row, column, x, y, most);
        Legend(svg, left, right, bottom + 54, most);
        return svg.Render();
    }

    private void Cell(Svg svg, int row, int column, Scale x, Scale y, long most)
    {
        long offered = Map.Offered[row][column];
        if (offered <= 0)
            return;
        long selected = Math.Clamp(Map.Selected[row][column], 0, offered);
        double share = (double)selected / offered;
        double x0 = x[Map.ConfidenceEdges[column]], x1 = x[Map.ConfidenceEdges[column + 1]];
        double y0 = y[Map.UncertaintyEdges[row + 1]], y1 = y[Map.UncertaintyEdges[row]];
        double w = Math.Max(0, x1 - x0 - 1), h = Math.Max(0, y1 - y0 - 1);
        double strength = Strength(offered, most);
        string tip = string.Create(CultureInfo.InvariantCulture,
            $"teacher confidence {Map.ConfidenceEdges[column]:0.00}–{Map.ConfidenceEdges[column + 1]:0.00}, student uncertainty {Map.UncertaintyEdges[row]:0.00}–{Map.UncertaintyEdges[row + 1]:0.00}: {Figure.Count(selected)} of {Figure.Count(offered)} used ({Figure.Percent(share)})");
        Blend(svg, x0 + 0.5, y0 + 0.5, w, h, share, strength, tip);
    }

    // Over the cells and the threshold lines.
    private void Number(Svg svg, int row, int column, Scale x, Scale y, long most)
    {
        long offered = Map.Offered[row][column];
        if (offered <= 0)
            return;
        double x0 = x[Map.ConfidenceEdges[column]], x1 = x[Map.ConfidenceEdges[column + 1]];
        double y0 = y[Map.UncertaintyEdges[row + 1]], y1 = y[Map.UncertaintyEdges[row]];
        string text = Figure.Fixed(100.0 * Math.Clamp(Map.Selected[row][column], 0, offered) / offered, 0);
        if (TextMeasure.Width(text, 11) + 5 < x1 - x0 && y1 - y0 > 15)
            svg.Text((x0 + x1) / 2, (y0 + y1) / 2 + 4, text, Strength(offered, most) > 0.78 ? "cell onstrong" : "cell", Anchor.Middle);
    }

    /// <summary>Opacity of a cell: logarithmic, because counts span orders of magnitude.</summary>
    private static double Strength(long count, long most) => 0.12 + 0.88 * Math.Log(1 + count) / Math.Log(1 + Math.Max(1, most));

    /// <summary>Blue over grey, such that the two together have the opacity asked for and the hue between them.</summary>
    private static void Blend(Svg svg, double x, double y, double w, double h, double share, double strength, string? tip)
    {
        double blue = strength * share;
        double grey = blue < 1 ? strength * (1 - share) / (1 - blue) : 0;
        svg.Rect(x, y, w, h, "unused", grey, blue > 0 ? null : tip);
        if (blue > 0)
            svg.Rect(x, y, w, h, "used", blue, tip);
    }

    private static void Axes(Svg svg, Scale x, Scale y, double left, double right, double top, double bottom)
    {
        svg.Text(0, 14, "↑ student uncertainty", "axis");
        foreach (double tick in y.Ticks(5))
            svg.Text(left - 8, y[tick] + 4, tick.ToString("0.##", CultureInfo.InvariantCulture), "tick", Anchor.End);
        double last = double.NegativeInfinity;
        foreach (double tick in x.Ticks(Math.Max(2, (int)((right - left) / 70))))
        {
            string text = tick.ToString("0.##", CultureInfo.InvariantCulture);
            double half = TextMeasure.Width(text, Font) / 2;
            if (x[tick] - half < last + 6)
                continue;
            last = x[tick] + half;
            svg.Text(x[tick], bottom + 17, text, "tick", Anchor.Middle);
        }
        svg.Text(right, bottom + 36, "teacher confidence →", "axis", Anchor.End);
        svg.Line(left, bottom, right, bottom, "axisline");
        svg.Line(left, top, left, bottom, "axisline");
    }

    private void Thresholds(Svg svg, Scale x, Scale y, double left, double right, double top, double bottom)
    {
        if (TeacherThreshold is { } teacher && double.IsFinite(teacher))
            svg.Line(x[teacher], top, x[teacher], bottom, "threshold");
        if (StudentThreshold is { } student && double.IsFinite(student))
            svg.Line(left, y[student], right, y[student], "threshold");
    }

    private static void Legend(Svg svg, double left, double right, double top, long most)
    {
        const int steps = 5;
        bool oneRow = right - left > 420;
        double end = Ramp(svg, left, top, "share used", "0", "100\u202F%", i => (i / (steps - 1.0), 1));
        Ramp(svg, oneRow ? end + 28 : left, oneRow ? top : top + 38, "samples", "0", Figure.Short(most),
            i => (1, Strength((long)Math.Round(Math.Exp(Math.Log(1 + most) * i / (steps - 1)) - 1), most)));

        static double Ramp(Svg svg, double left, double top, string name, string first, string last, Func<int, (double Share, double Strength)> at)
        {
            const double w = 26;
            svg.Text(left, top + 10, name, "tick");
            double start = left + TextMeasure.Width("share used", Font) + 10;
            for (int i = 0; i < steps; i++)
                Blend(svg, start + i * w, top, w - 1, 11, at(i).Share, at(i).Strength, null);
            svg.Text(start, top + 27, first, "tick");
            svg.Text(start + steps * w, top + 27, last, "tick", Anchor.End);
            return start + steps * w;
        }
    }
}
