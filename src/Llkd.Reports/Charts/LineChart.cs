using Llkd.Reports.Html;

namespace Llkd.Reports.Charts;

/// <summary>One line of a chart.</summary>
/// <param name="Name">Written at the line's end.</param>
/// <param name="Points">In the order of x.</param>
/// <param name="Css">Class that gives it its colour, such as "c1".</param>
/// <param name="Thick">Whether it is the one the chart is about.</param>
/// <param name="Labelled">Whether its name is written at its end.</param>
internal sealed record Series(string Name, IReadOnlyList<Point> Points, string Css, bool Thick = false, bool Labelled = true)
{
    /// <summary>A range around the line, in its colour; null for none.</summary>
    public Band? Spread { get; init; }
    /// <summary>Whether its points are marked however many there are.</summary>
    public bool Dots { get; init; }
}

/// <summary>A shaded range around lines.</summary>
internal sealed record Band(IReadOnlyList<double> X, IReadOnlyList<double> Low, IReadOnlyList<double> High);

/// <summary>Lines over a common x axis, named at their ends instead of in a legend.</summary>
internal sealed class LineChart
{
    private const double Font = 12;
    private const double LabelStep = 15;
    private const int MostPoints = 400;

    public required string Title { get; init; }
    public required string Description { get; init; }
    public required string XTitle { get; init; }
    public required string YTitle { get; init; }
    public required IReadOnlyList<Series> Lines { get; init; }
    public Band? Shade { get; init; }
    /// <summary>A point to mark, with words for it.</summary>
    public (Point At, string Text)? Mark { get; init; }
    /// <summary>Places of the ticks with their words, where the axis is not linear; the range is then that of the points.</summary>
    public IReadOnlyList<(double At, string Text)>? XTicks { get; init; }
    public Func<double, string> XFormat { get; init; } = Figure.Short;
    public Func<double, string> YFormat { get; init; } = value => Figure.Fixed(value, 2);
    public double YLowest { get; init; }
    public double YHighest { get; init; } = 1;

    public Markup Render(string id, double width, double height)
    {
        var svg = new Svg(width, height, id, Title, Description);
        var lines = Lines.Select(line => line with { Points = Clean(line.Points) }).Where(line => line.Points.Count > 0).ToList();
        var labelled = lines.Where(line => line.Labelled).ToList();
        double labelRoom = labelled.Count == 0 ? 14 : Math.Min(0.3 * width, labelled.Max(line => TextMeasure.Width(line.Name, Font)) + 8) + 20;

        var bands = lines.Select(line => line.Spread).Append(Shade).OfType<Band>().ToList();
        var shadeValues = bands.SelectMany(band => band.Low.Concat(band.High));
        var (low, high) = Scale.Around(lines.SelectMany(line => line.Points.Select(point => point.Y)).Concat(shadeValues), YLowest, YHighest);
        var xs = lines.SelectMany(line => line.Points.Select(point => point.X)).ToList();
        double left = 10 + new Scale(low, high, 0, 1).Ticks(5).Select(tick => TextMeasure.Width(YFormat(tick), Font)).Append(20).Max();
        double from = xs.Count == 0 ? 0 : XTicks is null ? Math.Min(0, xs.Min()) : xs.Min();
        var x = new Scale(from, xs.Count > 0 ? xs.Max() : 1, left, width - labelRoom);
        var y = new Scale(low, high, height - 42, 30);

        Axes(svg, x, y, left, width - labelRoom, height);
        if (Shade is { X.Count: > 1 } shade)
            svg.Polygon(Outline(shade, x, y), "band");
        foreach (var line in lines.Where(line => line.Spread is { X.Count: > 1 }))
            svg.Polygon(Outline(line.Spread!, x, y), $"spread {line.Css}");
        foreach (var line in lines.OrderBy(line => line.Thick))
            Draw(svg, line, x, y);
        NameEnds(svg, labelled, x, y, width - labelRoom, width, height);
        if (Mark is { } mark && double.IsFinite(mark.At.X) && double.IsFinite(mark.At.Y))
            DrawMark(svg, mark, x, y, left, width - labelRoom);
        return svg.Render();
    }

    private void Axes(Svg svg, Scale x, Scale y, double left, double right, double height)
    {
        foreach (double tick in y.Ticks(5))
        {
            svg.Line(left, y[tick], right, y[tick], "grid");
            svg.Text(left - 8, y[tick] + 4, YFormat(tick), "tick", Anchor.End);
        }
        svg.Text(0, 12, YTitle, "axis");
        svg.Line(left, height - 42, right, height - 42, "axisline");
        double lastEnd = double.NegativeInfinity;
        foreach (var (tick, text) in XTicks ?? [.. x.Ticks(Math.Max(2, (int)((right - left) / 80))).Select(tick => (tick, XFormat(tick)))])
        {
            double half = TextMeasure.Width(text, Font) / 2;
            if (x[tick] - half < lastEnd + 6 || x[tick] + half > svg.Width)
                continue;
            lastEnd = x[tick] + half;
            svg.Line(x[tick], height - 42, x[tick], height - 37, "axisline");
            svg.Text(x[tick], height - 23, text, "tick", Anchor.Middle);
        }
        svg.Text((left + right) / 2, height - 5, XTitle, "axis", Anchor.Middle);
    }

    private static void Draw(Svg svg, Series line, Scale x, Scale y)
    {
        var points = line.Points.Select(point => new Point(x[point.X], y[point.Y])).ToList();
        string css = line.Thick ? $"line thick {line.Css}" : $"line {line.Css}";
        if (points.Count > 1)
            svg.Polyline(points, css, line.Name);
        if (line.Dots || points.Count <= (line.Thick ? 30 : 1))
            for (int i = 0; i < points.Count; i++)
                svg.Circle(points[i].X, points[i].Y, line.Thick ? 3 : 2.5, $"dot {line.Css}");
    }

    private static void NameEnds(Svg svg, List<Series> lines, Scale x, Scale y, double right, double width, double height)
    {
        var ends = lines.Select(line => (Line: line, At: new Point(x[line.Points[^1].X], y[line.Points[^1].Y]))).OrderBy(end => end.At.Y).ToList();
        double[] places = Spread([.. ends.Select(end => end.At.Y)], LabelStep, 24, height - 42);
        for (int i = 0; i < ends.Count; i++)
        {
            var (line, at) = ends[i];
            // The leader ties a moved label to its line, and bridges the gap where a line ends early.
            svg.Polyline([new(at.X + 3, at.Y), new(right + 6, at.Y), new(right + 14, places[i])], $"leader {line.Css}");
            svg.Text(right + 18, places[i] + 4, TextMeasure.Fit(line.Name, width - right - 18, Font),
                line.Thick ? "label strong" : "label", tip: line.Name);
        }
    }

    private static void DrawMark(Svg svg, (Point At, string Text) mark, Scale x, Scale y, double left, double right)
    {
        double px = x[mark.At.X], py = y[mark.At.Y];
        svg.Circle(px, py, 6, "ring");
        double half = TextMeasure.Width(mark.Text, Font) / 2;
        // Over the point, pushed in from the sides; under it near the top.
        double place = Math.Clamp(px, Math.Min(left + half + 4, (left + right) / 2), Math.Max(right - half, (left + right) / 2));
        svg.Text(place, py < 56 ? py + 22 : py - 13, mark.Text, "label halo", Anchor.Middle);
    }

    /// <summary>Moves sorted positions apart to at least <paramref name="step"/>, inside the bounds.</summary>
    internal static double[] Spread(double[] sorted, double step, double top, double bottom)
    {
        var places = (double[])sorted.Clone();
        if (places.Length > 1)
            step = Math.Min(step, (bottom - top) / (places.Length - 1));
        for (int i = 0; i < places.Length; i++)
            places[i] = Math.Max(places[i], i == 0 ? top : places[i - 1] + step);
        for (int i = places.Length - 1; i >= 0; i--)
            places[i] = Math.Min(places[i], i == places.Length - 1 ? bottom : places[i + 1] - step);
        return places;
    }

    private static IEnumerable<Point> Outline(Band band, Scale x, Scale y)
    {
        for (int i = 0; i < band.X.Count; i++)
            yield return new(x[band.X[i]], y[band.High[i]]);
        for (int i = band.X.Count - 1; i >= 0; i--)
            yield return new(x[band.X[i]], y[band.Low[i]]);
    }

    private static List<Point> Clean(IReadOnlyList<Point> points)
    {
        var finite = points.Where(point => double.IsFinite(point.X) && double.IsFinite(point.Y)).ToList();
        int stride = (finite.Count + MostPoints - 1) / MostPoints;
        return stride <= 1 ? finite : [.. finite.Where((_, i) => i % stride == 0 || i == finite.Count - 1)];
    }
}
