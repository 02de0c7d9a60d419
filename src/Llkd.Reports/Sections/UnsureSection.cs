using Llkd.Reports.Html;
using Llkd.Runs;

namespace Llkd.Reports.Sections;

/// <summary>The texts the student is least sure of.</summary>
internal static class UnsureSection
{
    public static Markup Render(ReportView view)
    {
        var texts = view.Method.LeastSure;
        if (texts.Count == 0)
            return ReportView.Section("unsure", "Least sure", Markup.Of($"<p>No texts were recorded.</p>\n"));
        bool gold = texts.Any(text => text.Gold is not null), teacher = texts.Any(text => text.Teacher is not null);
        var columns = new List<string> { "Text", "Student says", "Probability", "Runner-up", "Its probability" };
        if (gold)
            columns.Add("Gold");
        if (teacher)
            columns.Add("Teacher said");
        var table = new Table("Texts the student is least sure of", [.. columns]) { Sortable = true };
        foreach (var text in texts)
            table.Add(Row(text, gold, teacher));
        int right = texts.Count(text => text.Gold is not null && text.Gold == text.Predicted), known = texts.Count(text => text.Gold is not null);
        string words = known > 0 ? $" Of the {Figure.Count(known)} with a gold label, the student has {Figure.Count(right)} right." : "";
        return ReportView.Section("unsure", "Least sure",
            Markup.Of($"<p>The texts where the student is nearest to a toss-up. They are the ones worth a human look: some are hard, some are mislabelled, some fit no label.{words}</p>\n<div class=\"texts\">{table.Render()}</div>\n"));
    }

    private static List<Cell> Row(UnsureText text, bool gold, bool teacher)
    {
        var cells = new List<Cell>
        {
            new(Markup.Of($"<bdi class=\"quote\">{text.Text}</bdi>")),
            Answer(text.Predicted, text.Gold),
            Cell.Number(Figure.Percent(text.Confidence), text.Confidence),
            Answer(text.RunnerUp, text.Gold),
            Cell.Number(Figure.Percent(text.RunnerUpConfidence), text.RunnerUpConfidence),
        };
        if (gold)
            cells.Add(text.Gold is null ? new Cell(Markup.Of($"–")) : Cell.Of(text.Gold));
        if (teacher)
            cells.Add(text.Teacher is null ? new Cell(Markup.Of($"–")) : Answer(text.Teacher, text.Gold));
        return cells;
    }

    // A tick says what colour alone would not.
    private static Cell Answer(string label, string? gold) =>
        gold == label ? new Cell(Markup.Of($"<bdi class=\"right\">{label}</bdi> <span class=\"right\" title=\"as the gold label\">✓</span>")) : Cell.Of(label);
}
