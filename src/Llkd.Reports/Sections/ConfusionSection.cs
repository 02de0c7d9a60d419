using Llkd.Reports.Charts;
using Llkd.Reports.Html;
using Llkd.Runs;

namespace Llkd.Reports.Sections;

/// <summary>Which classes the student takes for which, and each class's figures.</summary>
internal static class ConfusionSection
{
    // A matrix of so few classes leaves room for the list of pairs beside it.
    private const int MostBeside = 8;

    public static Markup Render(ReportView view)
    {
        if (view.Student is not { } quality)
            return ReportView.Section("classes", "Class by class", Markup.Of($"<p>Without gold labels there is nothing to compare the student’s answers with.</p>\n"));
        return ReportView.Section("classes", "Class by class", quality.Confusion.Count <= MostBeside
            ? Markup.Of($"<div class=\"halves\">{Matrix(view, quality)}<div>{Pairs(view, quality)}</div></div>\n")
            : Markup.Join([Matrix(view, quality), Pairs(view, quality)]), Figures(view, quality));
    }

    private static Markup Matrix(ReportView view, QualityRecord quality)
    {
        if (quality.Confusion.Count == 0)
            return Markup.Of($"<p>No confusion matrix was recorded.</p>\n");
        int classes = Math.Max(quality.Confusion.Count, quality.Confusion.Max(row => row.Count));
        var chart = new ConfusionChart([.. Enumerable.Range(0, classes).Select(view.Label)], quality.Confusion)
        {
            Title = $"Confusion matrix of the student on the {view.SetName} set",
            Description = $"{classes} gold classes down, the student’s answers across; {Figure.Percent(quality.Accuracy)} stand on the diagonal.",
        };
        string caption = $"The student on the {view.SetName} set. Rows are gold classes, columns its answers; blue on the diagonal is right, purple off it is wrong, stronger for a larger share of the row.";
        double room = classes <= MostBeside ? 520 : classes <= 16 ? 720 : 940;
        return Markup.Of($"""
            <figure class="full"><div class="scroll wide" tabindex="0" role="region" aria-label="Confusion matrix">{chart.Render(view.NextDrawing(), room)}</div><div class="scroll narrow" tabindex="0" role="region" aria-label="Confusion matrix">{chart.Render(view.NextDrawing(), 342)}</div>
            <figcaption><b>Figure {view.NextFigure()}.</b> {caption}</figcaption></figure>

            """);
    }

    private static Markup Pairs(ReportView view, QualityRecord quality)
    {
        var pairs = quality.Confusion
            .SelectMany((row, gold) => row.Select((count, predicted) => (Gold: gold, Predicted: predicted, Count: count, Total: row.Sum(c => (long)c))))
            .Where(pair => pair.Gold != pair.Predicted && pair.Count > 0)
            .OrderByDescending(pair => pair.Count).ThenByDescending(pair => (double)pair.Count / pair.Total).Take(10).ToList();
        if (pairs.Count == 0)
            return Markup.Of($"<p>The student makes no mistake on this set.</p>\n");
        var table = new Table("Most confused pairs", "Gold", "Predicted", "Texts", "Share of the gold class") { Sortable = true };
        foreach (var pair in pairs)
            table.Add([Cell.Of(view.Label(pair.Gold)), Cell.Of(view.Label(pair.Predicted)), Cell.Number(pair.Count),
                Cell.Number(Figure.Percent((double)pair.Count / pair.Total), (double)pair.Count / pair.Total)]);
        return Markup.Of($"<h3>Most confused pairs</h3>\n{table.Render()}");
    }

    private static Markup Figures(ReportView view, QualityRecord quality)
    {
        if (quality.PerClass.Count == 0)
            return Markup.Empty;
        var teacher = view.Teacher?.PerClass;
        bool both = teacher is { Count: > 0 };
        string[] columns = both
            ? ["Class", "Texts", "Precision", "Recall", "F1", "Teacher’s F1", "Difference"]
            : ["Class", "Texts", "Precision", "Recall", "F1"];
        var table = new Table("Figures of each class", columns) { Sortable = true };
        for (int k = 0; k < quality.PerClass.Count; k++)
        {
            var row = quality.PerClass[k];
            var cells = new List<Cell>
            {
                Cell.Of(row.Label), Cell.Number(row.Support), Share(row.Precision), Share(row.Recall), Share(row.F1),
            };
            if (both)
            {
                var same = k < teacher!.Count && teacher[k].Label == row.Label ? teacher[k] : teacher.FirstOrDefault(other => other.Label == row.Label);
                cells.Add(same is null ? Cell.None : Share(same.F1));
                cells.Add(same is null ? Cell.None : Cell.Number(Figure.Points(row.F1 - same.F1), row.F1 - same.F1));
            }
            table.Add(cells);
        }
        string words = both ? "Difference: the student’s F1 over the teacher’s, in points." : "";
        return Markup.Of($"<h3>Each class</h3>\n<p class=\"small\">Precision: how many of the texts given this label deserve it. Recall: how many of the texts that deserve it got it. F1: their harmonic mean. {words}</p>\n{table.Render()}");

        static Cell Share(double value) => Cell.Number(Figure.Percent(value), value);
    }
}
