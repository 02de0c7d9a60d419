using Llkd.Reports.Html;

namespace Llkd.Reports.Charts;

/// <summary>One bar: a share in [0, 1], and a second share drawn as a point over it where known.</summary>
internal readonly record struct EpochBar(string Name, double Share, double? Mark, string Tip);

/// <summary>Vertical bars of a share per epoch, with a second share as points on the same axis.</summary>
internal sealed class EpochBars
{
    private const double Font = 12;

    public required string Title { get; init; }
    public required string Description { get; init; }
    public required string BarName { get; init; }
    public required string MarkName { get; init; }
    public required IReadOnlyList<EpochBar> Bars { get; init; }

    public Markup Render(string id, double width, double height)
    {
        var svg = new Svg(width, height, id, Title, Description);
        const double left = 54;
        double right = width - 8, bottom = height - 42;
        var y = new Scale(0, 1, bottom, 46);
        foreach (double tick in y.Ticks(5))
        {
            svg.Line(left, y[tick], right, y[tick], "grid");
            svg.Text(left - 8, y[tick] + 4, Figure.Percent(tick, 0), "tick", Anchor.End);
        }
        Legend(svg);

        double slot = (right - left) / Math.Max(1, Bars.Count);
        double bar = Math.Min(0.66 * slot, 64);
        double widest = Bars.Count == 0 ? 1 : Bars.Max(item => TextMeasure.Width(item.Name, Font));
        int every = Math.Max(1, (int)Math.Ceiling((widest + 8) / slot));
        for (int i = 0; i < Bars.Count; i++)
        {
            var item = Bars[i];
            double middle = left + (i + 0.5) * slot;
            double share = double.IsFinite(item.Share) ? item.Share : 0;
            svg.Rect(middle - bar / 2, y[share], bar, bottom - y[share], "used", tip: item.Tip);
            if (i % every == 0)
                svg.Text(middle, bottom + 19, item.Name, "tick", Anchor.Middle);
            DrawNumber(svg, item, share, middle, bar, slot, y, bottom);
        }
        svg.Line(left, bottom, right, bottom, "axisline");
        svg.Text((left + right) / 2, height - 5, "epoch", "axis", Anchor.Middle);
        DrawMarks(svg, slot, left, y);
        return svg.Render();
    }

    private static void DrawNumber(Svg svg, EpochBar item, double share, double middle, double bar, double slot, Scale y, double bottom)
    {
        string text = Figure.Percent(share, slot > 64 ? 1 : 0);
        if (TextMeasure.Width(text, Font) + 4 > slot)
            return;
        double markAt = item.Mark is { } mark && double.IsFinite(mark) ? y[mark] : double.NegativeInfinity;
        double above = y[share] - 7;
        bool clear = Math.Abs(above - 4 - markAt) > 12;
        if (clear)
            svg.Text(middle, above, text, "label", Anchor.Middle);
        else if (bottom - y[share] > 24 && TextMeasure.Width(text, Font) < bar + 6 && Math.Abs(y[share] + 12 - markAt) > 12)
            svg.Text(middle, y[share] + 16, text, "label onstrong", Anchor.Middle);
    }

    private void DrawMarks(Svg svg, double slot, double left, Scale y)
    {
        var marks = Bars.Select((item, i) => (item.Mark, X: left + (i + 0.5) * slot))
            .Where(item => item.Mark is { } mark && double.IsFinite(mark))
            .Select(item => new Point(item.X, y[item.Mark!.Value])).ToList();
        if (marks.Count > 1)
            svg.Polyline(marks, "line teacher", MarkName);
        if (marks.Count <= 60)
            foreach (var mark in marks)
                svg.Circle(mark.X, mark.Y, 3.5, "dot teacher");
    }

    private void Legend(Svg svg)
    {
        svg.Rect(0, 5, 11, 11, "used");
        svg.Text(17, 15, BarName, "axis");
        if (!Bars.Any(item => item.Mark is { } mark && double.IsFinite(mark)))
            return;
        // Beside the first where there is room, else under it.
        double at = 17 + TextMeasure.Width(BarName, 12.5) + 24;
        bool beside = at + 20 + TextMeasure.Width(MarkName, 12.5) <= svg.Width;
        double x = beside ? at : 0, y = beside ? 11 : 29;
        svg.Line(x, y, x + 14, y, "line teacher");
        svg.Circle(x + 7, y, 3.5, "dot teacher");
        svg.Text(x + 20, y + 4, MarkName, "axis");
    }
}
