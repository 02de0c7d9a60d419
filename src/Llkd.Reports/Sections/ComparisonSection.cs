using Llkd.Reports.Html;
using Llkd.Runs;

namespace Llkd.Reports.Sections;

/// <summary>Teacher, baselines and this method in one table.</summary>
internal static class ComparisonSection
{
    public static Markup Render(ReportView view)
    {
        var table = new Table("Methods compared", "Method", "Accuracy", "Macro F1", "ECE", "Samples used", "Share", "Training") { Sortable = true };
        var teacher = view.Teacher;
        table.Add([Cell.Of("teacher"), .. Quality(teacher), Cell.None, Cell.None, Cell.None]);
        foreach (var baseline in view.Run.Baselines)
            table.Add(Row(view, baseline));
        table.Add(Row(view, view.Method), highlight: true);
        string set = view.Student is null ? "no gold set" : $"the {view.SetName} set";
        string interval = view.Student is { Count: > 0 } student ? Interval(student) : "";
        return ReportView.Section("comparison", "Compared",
            Markup.Of($"<p>Quality on {set}; all methods learn from the same teacher labels. {interval}{(view.Run.Baselines.Count == 0 ? "No baseline was trained in this run." : "")}</p>\n"),
            table.Render(),
            Markup.Of($"<p class=\"small\">Macro F1 is the plain mean of the classes’ F1. ECE is the expected calibration error: how far stated confidence and actual share of right answers lie apart (0 is best). Samples used counts every sample each time the optimiser saw it; the share is of all that were offered over all epochs.</p>\n"));
    }

    private static List<Cell> Row(ReportView view, MethodRecord method) =>
    [
        Cell.Of(method.Name), .. Quality(view.OnSameSet(method)),
        Cell.Number(method.Seen), Cell.Number(Figure.Percent(ReportView.ShareSeen(method)), ReportView.ShareSeen(method)),
        Cell.Number(Figure.Duration(method.TrainSeconds), method.TrainSeconds),
    ];

    private static Cell[] Quality(QualityRecord? quality) => quality is null
        ? [Cell.None, Cell.None, Cell.None]
        :
        [
            Cell.Number(Figure.Percent(quality.Accuracy, 2), quality.Accuracy),
            Cell.Number(Figure.Percent(quality.MacroF1, 2), quality.MacroF1),
            Cell.Number(Figure.Percent(quality.Ece, 2), quality.Ece),
        ];

    private static string Interval(QualityRecord quality)
    {
        var (low, high) = Wilson(quality.Accuracy, quality.Count);
        return double.IsFinite(low)
            ? $"With {Figure.Count(quality.Count)} texts, this method’s accuracy lies between {Figure.Percent(low)} and {Figure.Percent(high)} (95{'\u202F'}% Wilson interval). "
            : "";
    }

    /// <summary>The 95 % Wilson score interval of a share (Wilson 1927).</summary>
    internal static (double Low, double High) Wilson(double share, int count)
    {
        const double z = 1.959963984540054;
        double spread = z * z / count;
        double centre = (share + spread / 2) / (1 + spread);
        double half = z / (1 + spread) * Math.Sqrt(share * (1 - share) / count + spread / (4 * count));
        return (Math.Max(0, centre - half), Math.Min(1, centre + half));
    }
}
