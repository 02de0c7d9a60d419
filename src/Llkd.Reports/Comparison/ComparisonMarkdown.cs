using System.Globalization;
using System.Text;
using Llkd.Documents;
using Llkd.Runs;

namespace Llkd.Reports.Comparison;

/// <summary>Writes `comparison.md`: the tables of a comparison for a terminal, a repository or a paper's draft.</summary>
public static class ComparisonMarkdown
{
    /// <summary>The tables as text.</summary>
    /// <param name="record">What was measured.</param>
    /// <returns>GitHub-flavoured Markdown.</returns>
    public static string Render(ComparisonRecord record) => Render(new ComparisonView(record));

    /// <summary>Writes the file; it is complete or is not there.</summary>
    /// <param name="record">What was measured.</param>
    /// <param name="path">Where to; an older file is replaced, a missing folder is made.</param>
    /// <exception cref="RunFailedException">The file cannot be written.</exception>
    public static void Write(ComparisonRecord record, string path) => AtomicFile.Write(path, Encoding.UTF8.GetBytes(Render(record)));

    internal static string Render(ComparisonView view)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# {GridWriting.Escaped(Titles.Of(view))}\n\n{GridWriting.Escaped(Findings.Lead(view))}\n\n");
        foreach (string caution in Findings.Cautions(view))
            text.Append(CultureInfo.InvariantCulture, $"> {GridWriting.Escaped(caution)}\n>\n");
        if (text[^2] == '>')
            text.Length -= 2;
        text.Append('\n');
        foreach (var part in StudySection.Parts(view))
            Section(text, GridWriting.Escaped(part.Heading), part.Words, part.Table);
        Section(text, "All data sets", Titles.Ranks(view), ScoreTables.Overview(view));
        foreach (var metric in Metric.All)
            Section(text, metric.Name, Titles.Scores(view), ScoreTables.Scores(view, metric));
        if (view.Rivals)
            Evidence(text, view);
        Section(text, "Samples used", Titles.Samples, ScoreTables.Samples(view));
        Section(text, "Training time", Titles.Times(view), ScoreTables.Times(view));
        if (DetailTables.Chosen(view) is { } chosen)
            Section(text, "Options chosen on the validation set", "", chosen);
        if (DetailTables.Notes(view) is { Count: > 0 } notes)
            text.Append("## Notes\n\n").AppendJoin("", notes.Select(note => $"- {GridWriting.Escaped(note)}\n")).Append('\n');
        Section(text, "Set-up", Titles.Setup(view), DetailTables.DataSets(view));
        return text.ToString().TrimEnd() + "\n";
    }

    private static void Evidence(StringBuilder text, ComparisonView view)
    {
        if (view.Ranking.Friedman is { } friedman)
            text.Append(CultureInfo.InvariantCulture, $"## What is noise\n\n{GridWriting.Escaped(Findings.Friedman(friedman))}\n\n");
        else if (view.Evidence is not null)
            text.Append("## What is noise\n\n");
        if (view.Evidence is not { } evidence)
            return;
        text.Append(CultureInfo.InvariantCulture, $"{GridWriting.Escaped(Titles.Bootstrap)}\n\n{DetailTables.Differences(view, evidence.Own, "All data sets", evidence.Overall).Markdown()}");
        if (evidence.ByDataSet.Count < 2)
            return;
        foreach (var (data, rows) in evidence.ByDataSet)
            text.Append(CultureInfo.InvariantCulture, $"### {GridWriting.Escaped(data)}\n\n{DetailTables.Differences(view, evidence.Own, data, rows).Markdown()}");
    }

    private static void Section(StringBuilder text, string heading, string words, Grid grid)
    {
        if (grid.Rows.Count + grid.Apart.Count == 0)
            return;
        text.Append(CultureInfo.InvariantCulture, $"## {heading}\n\n");
        if (words.Length > 0)
            text.Append(CultureInfo.InvariantCulture, $"{GridWriting.Escaped(words)}\n\n");
        text.Append(grid.Markdown());
    }
}
