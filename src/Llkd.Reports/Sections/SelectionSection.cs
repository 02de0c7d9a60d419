using System.Globalization;
using Llkd.Reports.Charts;
using Llkd.Reports.Html;
using Llkd.Runs;

namespace Llkd.Reports.Sections;

/// <summary>What was selected: per epoch, per class, and where on the map of teacher confidence and student uncertainty.</summary>
internal static class SelectionSection
{
    public static Markup Render(ReportView view)
    {
        var epochs = view.Method.EpochSelection;
        if (epochs.Count == 0)
            return ReportView.Section("selection", "What was selected", Markup.Of($"<p>No selection was recorded.</p>\n"));
        return ReportView.Section("selection", "What was selected", PerEpoch(view, epochs), PerClass(view, epochs));
    }

    private static Markup PerEpoch(ReportView view, IReadOnlyList<EpochPoint> epochs)
    {
        var bars = epochs.Select(epoch =>
        {
            double share = Share(epoch.Selected.Sum(), epoch.Offered.Sum());
            string accuracy = epoch.PseudoLabelAccuracy is { } known ? $"; {Figure.Percent(known)} of the selected labels are right" : "";
            return new EpochBar(epoch.Epoch.ToString(CultureInfo.InvariantCulture), share, epoch.PseudoLabelAccuracy,
                $"epoch {epoch.Epoch.ToString(CultureInfo.InvariantCulture)}: {Figure.Count(epoch.Selected.Sum())} of {Figure.Count(epoch.Offered.Sum())} selected ({Figure.Percent(share)}){accuracy}");
        }).ToList();
        bool gold = epochs.Any(epoch => epoch.PseudoLabelAccuracy is not null);
        var chart = new EpochBars
        {
            Title = "Share of the offered samples selected in each epoch",
            Description = $"{bars.Count.ToString(CultureInfo.InvariantCulture)} epochs, from {Figure.Percent(bars[0].Share)} in the first to {Figure.Percent(bars[^1].Share)} in the last.",
            BarName = "share selected",
            MarkName = "right among the selected labels",
            Bars = bars,
        };
        string words = "Share of the offered samples that the method selected, epoch by epoch."
            + (gold ? " Points: how many of the selected teacher labels are right; gold labels of the pool serve this figure only and are never trained on." : "");
        var table = new Table("Selection per epoch", "Epoch", "Offered", "Selected", "Share", "Selected labels right") { Sortable = true };
        foreach (var epoch in epochs)
        {
            double share = Share(epoch.Selected.Sum(), epoch.Offered.Sum());
            table.Add([Cell.Number(epoch.Epoch), Cell.Number(epoch.Offered.Sum()), Cell.Number(epoch.Selected.Sum()), Cell.Number(Figure.Percent(share, 2), share),
                epoch.PseudoLabelAccuracy is { } value ? Cell.Number(Figure.Percent(value, 2), value) : Cell.None]);
        }
        return Markup.Join([
            view.Draw(Markup.Of($"{words}"), id => chart.Render(id, 940, 320), id => chart.Render(id, 342, 280)),
            ReportView.Details("Numbers per epoch", table.Render()),
        ]);
    }

    private static Markup PerClass(ReportView view, IReadOnlyList<EpochPoint> epochs)
    {
        int classes = epochs.Max(epoch => Math.Max(epoch.Offered.Count, epoch.Selected.Count));
        if (classes == 0)
            return Markup.Empty;
        long[] offered = Sum(epochs, epoch => epoch.Offered, classes), selected = Sum(epochs, epoch => epoch.Selected, classes);
        long most = Math.Max(1, offered.Max());
        var table = new Table("Selection per class, over all epochs", "Class by teacher label", "Offered, and of these selected", "Offered", "Selected", "Share") { Sortable = true };
        for (int k = 0; k < classes; k++)
        {
            double share = Share(selected[k], offered[k]);
            table.Add([Cell.Of(view.Label(k)), new Cell(Bar(offered[k], selected[k], most), offered[k]),
                Cell.Number(offered[k]), Cell.Number(selected[k]), Cell.Number(Figure.Percent(share), share)]);
        }
        return Markup.Of($"""
            <h3>Per class</h3>
            <p class="small">Grey: offered under this teacher label over all epochs; blue: selected of these.</p>
            {table.Render()}
            """);
    }

    // A drawing in a cell; the numbers stand beside it, so it says nothing of its own to a screen reader.
    private static Markup Bar(long offered, long selected, long most)
    {
        static string Width(long count, long most) => (200.0 * Math.Clamp(count, 0, most) / most).ToString("0.#", CultureInfo.InvariantCulture);
        return Markup.Of($"""
            <svg class="bar" viewBox="0 0 200 10" preserveAspectRatio="none" aria-hidden="true"><rect x="0" y="0" width="{Width(offered, most)}" height="10" class="offered"/><rect x="0" y="0" width="{Width(selected, most)}" height="10" class="used"/></svg>
            """);
    }

    private static long[] Sum(IReadOnlyList<EpochPoint> epochs, Func<EpochPoint, IReadOnlyList<long>> of, int classes)
    {
        var sums = new long[classes];
        foreach (var epoch in epochs)
            for (int k = 0; k < of(epoch).Count; k++)
                sums[k] += of(epoch)[k];
        return sums;
    }

    internal static double Share(long part, long whole) => whole > 0 ? (double)part / whole : double.NaN;
}
