using Llkd.Reports.Html;

namespace Llkd.Reports.Charts;

/// <summary>A confusion matrix: gold down, predicted across; blue on the diagonal, purple off it, by the share of the row.</summary>
internal sealed class ConfusionChart
{
    private readonly IReadOnlyList<string> labels;
    private readonly IReadOnlyList<IReadOnlyList<int>> counts;

    /// <param name="labels">Label names, [classes].</param>
    /// <param name="counts">[gold][predicted].</param>
    public ConfusionChart(IReadOnlyList<string> labels, IReadOnlyList<IReadOnlyList<int>> counts)
    {
        this.labels = labels;
        this.counts = counts;
    }

    public required string Title { get; init; }
    public required string Description { get; init; }

    /// <summary>Draws it for a room of the given width; with many classes it is wider and scrolls in its box.</summary>
    public Markup Render(string id, double room)
    {
        int classes = labels.Count;
        double font = classes <= 16 ? 12 : classes <= 32 ? 10.5 : 9;
        double cell = Math.Clamp((room - 150) / Math.Max(1, classes), classes > 32 ? 10 : classes > 16 ? 15 : 26, 56);
        double names = Math.Min(room * 0.36, labels.Select(label => TextMeasure.Width(label, font)).DefaultIfEmpty(20).Max() + 10);
        // Rather shorter names than a matrix that has to be scrolled.
        names = Math.Min(names, Math.Max(110, room - 22 - cell * classes));
        double left = names + 10, top = 24 + Math.Min(names, 130) + 6;
        double size = cell * classes;
        var svg = new Svg(left + size + 12, top + size + 10, id, Title, Description);
        svg.Text(0, 12, "gold ↓  predicted →", "axis");
        string css = classes <= 16 ? "tick" : classes <= 32 ? "tick small" : "tick tiny";
        svg.Rect(left, top, size, size, "plate");
        for (int i = 0; i < classes; i++)
        {
            double middle = (i + 0.5) * cell;
            svg.Text(left - 6, top + middle + font * 0.35, TextMeasure.Fit(labels[i], names, font), css, Anchor.End, tip: labels[i]);
            svg.Text(left + middle + font * 0.35, top - 6, TextMeasure.Fit(labels[i], top - 30, font), css, upright: true, tip: labels[i]);
            if (i > 0 && classes <= 32)
            {
                svg.Line(left + i * cell, top, left + i * cell, top + size, "grid");
                svg.Line(left, top + i * cell, left + size, top + i * cell, "grid");
            }
        }
        for (int gold = 0; gold < Math.Min(classes, counts.Count); gold++)
            Row(svg, gold, left, top, cell, font);
        return svg.Render();
    }

    private void Row(Svg svg, int gold, double left, double top, double cell, double font)
    {
        var row = counts[gold];
        long total = Math.Max(1, row.Sum(count => (long)Math.Max(0, count)));
        for (int predicted = 0; predicted < Math.Min(labels.Count, row.Count); predicted++)
        {
            int count = row[predicted];
            if (count <= 0)
                continue;
            double share = (double)count / total;
            double strength = 0.1 + 0.9 * Math.Sqrt(share);
            double x = left + predicted * cell, y = top + gold * cell;
            svg.Rect(x + 0.5, y + 0.5, cell - 1, cell - 1, gold == predicted ? "used" : "error", strength,
                $"gold {labels[gold]}, predicted {labels[predicted]}: {Figure.Count(count)} ({Figure.Percent(share)} of the row)");
            string text = Figure.Count(count);
            if (cell >= 20 && TextMeasure.Width(text, font) + 2 < cell)
                svg.Text(x + cell / 2, y + cell / 2 + 4, text, strength > 0.78 ? "cell onstrong" : "cell", Anchor.Middle);
        }
    }
}
