using Llkd.Reports.Html;

namespace Llkd.Reports.Charts;

/// <summary>A dot of a row, with the range around it.</summary>
/// <param name="Value">Where it stands.</param>
/// <param name="Low">Lower end of its range; NaN for none.</param>
/// <param name="High">Upper end of its range; NaN for none.</param>
/// <param name="Css">Class that gives it its colour.</param>
/// <param name="Tip">Said when pointed at.</param>
internal sealed record RowMark(double Value, double Low, double High, string Css, string? Tip = null);

/// <summary>One row: a name, dots, perhaps a bar from zero, perhaps words at its end.</summary>
internal sealed record PlotRow(string Name)
{
    public IReadOnlyList<RowMark> Marks { get; init; } = [];
    /// <summary>Length of a bar from zero; null for none.</summary>
    public double? Bar { get; init; }
    public string BarCss { get; init; } = "unused";
    /// <summary>Words in the column at the right.</summary>
    public string Note { get; init; } = "";
    public bool Strong { get; init; }
}

/// <summary>Rows under a heading; an empty heading takes no room.</summary>
internal sealed record PlotGroup(string Heading, IReadOnlyList<PlotRow> Rows);

/// <summary>
/// Named rows over a common x axis: intervals, dots or bars. Long names stay readable at any width, which is why the
/// comparisons of many methods are all drawn this way.
/// </summary>
internal sealed class RowPlot
{
    private const double Font = 12;
    private const double Step = 21;
    private const double Head = 46;
    private const double Foot = 12;

    public required string Title { get; init; }
    public required string Description { get; init; }
    public required string XTitle { get; init; }
    public required IReadOnlyList<PlotGroup> Groups { get; init; }
    public Func<double, string> XFormat { get; init; } = value => Figure.Fixed(value, 2);
    public double XLowest { get; init; } = double.NegativeInfinity;
    public double XHighest { get; init; } = double.PositiveInfinity;
    /// <summary>A value that must be in the range, with a line through all rows.</summary>
    public double? Rule { get; init; }
    /// <summary>Runs of rows to be joined by a bar at the right, by index over all groups, each first to last.</summary>
    public IReadOnlyList<(int First, int Last)> Joined { get; init; } = [];
    /// <summary>A length to show over the axis, with words for it.</summary>
    public (double Length, string Words)? Ruler { get; init; }

    public Markup Render(string id, double width)
    {
        var columns = Columns();
        double top = Head + (Ruler is null ? 0 : 30);
        double height = top + Groups.Sum(group => (group.Heading.Length > 0 ? Step : 0) + Step * group.Rows.Count) + Foot;
        var svg = new Svg(width, height, id, Title, Description);
        var rows = Groups.SelectMany(group => group.Rows).ToList();
        double left = Math.Min(0.42 * width, rows.Select(row => TextMeasure.Width(row.Name, Font)).DefaultIfEmpty(40).Max() + 4) + 10;
        double notes = rows.Max(row => TextMeasure.Width(row.Note, Font)) is > 0 and var widest ? widest + 10 : 8;
        double right = width - notes - (columns.Count == 0 ? 0 : 6 + 8 * (columns.Max(entry => entry.Column) + 1));
        var (low, high) = Range(rows);
        var x = new Scale(low, high, left, right);
        DrawAxis(svg, x, left, right, top, height);
        if (Ruler is { } ruler)
            DrawRuler(svg, left, Math.Min(right, left + ruler.Length / (high - low) * (right - left)), ruler.Words);
        var places = new List<double>();
        double y = top + Step / 2;
        foreach (var group in Groups)
        {
            if (group.Heading.Length > 0)
            {
                svg.Text(0, y + 4, TextMeasure.Fit(group.Heading, width, 12.5), "axis", tip: group.Heading);
                y += Step;
            }
            foreach (var row in group.Rows)
            {
                DrawRow(svg, row, x, y, left, width);
                places.Add(y);
                y += Step;
            }
        }
        foreach (var (first, last, column) in columns)
            svg.Line(right + 10 + 8 * column, places[first] - 5, right + 10 + 8 * column, places[last] + 5, "joined");
        return svg.Render();
    }

    private (double Low, double High) Range(List<PlotRow> rows)
    {
        var values = rows.SelectMany(row => row.Marks.SelectMany(mark => new[] { mark.Value, mark.Low, mark.High })).ToList();
        if (rows.Any(row => row.Bar is not null))
            values.AddRange([0, .. rows.Select(row => row.Bar ?? double.NaN)]);
        if (Rule is { } rule)
            values.Add(rule);
        if (!values.Any(double.IsFinite))
            values.AddRange([0, 1]);
        return Scale.Around(values, XLowest, XHighest);
    }

    private void DrawAxis(Svg svg, Scale x, double left, double right, double top, double height)
    {
        double start = Math.Clamp(svg.Width - TextMeasure.Width(XTitle, 12.5), 0, left);
        svg.Text(start, 13, TextMeasure.Fit(XTitle, svg.Width - start, 12.5), "axis", tip: XTitle);
        double last = double.NegativeInfinity;
        foreach (double tick in x.Ticks(Math.Max(2, (int)((right - left) / 64))))
        {
            svg.Line(x[tick], top, x[tick], height - Foot, "grid");
            string text = XFormat(tick);
            double half = TextMeasure.Width(text, Font) / 2;
            if (x[tick] - half < last + 6 || x[tick] + half > svg.Width)
                continue;
            last = x[tick] + half;
            svg.Text(x[tick], top - 9, text, "tick", Anchor.Middle);
        }
        svg.Line(left, top, right, top, "axisline");
        if (Rule is { } rule)
            svg.Line(x[rule], top, x[rule], height - Foot, "threshold");
    }

    private static void DrawRuler(Svg svg, double left, double end, string words)
    {
        svg.Text(left, 34, TextMeasure.Fit(words, svg.Width - left, Font), "tick", tip: words);
        svg.Line(left, 43, end, 43, "joined");
    }

    private static void DrawRow(Svg svg, PlotRow row, Scale x, double y, double left, double width)
    {
        svg.Text(left - 10, y + 4, TextMeasure.Fit(row.Name, left - 12, Font), row.Strong ? "label strong" : "label", Anchor.End, tip: row.Name);
        if (row.Bar is { } bar && double.IsFinite(bar))
            svg.Rect(Math.Min(x[0], x[bar]), y - 6, Math.Abs(x[bar] - x[0]), 12, row.BarCss, tip: $"{row.Name}: {row.Note}");
        foreach (var mark in row.Marks.Where(mark => double.IsFinite(mark.Value)))
        {
            if (double.IsFinite(mark.Low) && double.IsFinite(mark.High))
                svg.Line(x[mark.Low], y, x[mark.High], y, $"line {mark.Css}");
            svg.Circle(x[mark.Value], y, row.Bar is null ? 4 : 2.5, $"dot {mark.Css}", mark.Tip ?? row.Name);
        }
        if (row.Note.Length > 0)
            svg.Text(width, y + 4, row.Note, "tick", Anchor.End);
    }

    /// <summary>Puts joined runs side by side where they overlap.</summary>
    private List<(int First, int Last, int Column)> Columns()
    {
        var placed = new List<(int First, int Last, int Column)>();
        foreach (var (first, last) in Joined)
        {
            int column = 0;
            while (placed.Any(other => other.Column == column && other.First <= last && first <= other.Last)) column++;
            placed.Add((first, last, column));
        }
        return placed;
    }
}
