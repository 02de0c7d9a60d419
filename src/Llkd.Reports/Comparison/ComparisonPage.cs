using System.Globalization;
using Llkd.Reports.Html;
using Llkd.Reports.Sections;
using Llkd.Runs;

namespace Llkd.Reports.Comparison;

/// <summary>The sections of `comparison.html`.</summary>
internal sealed class ComparisonPage(ComparisonView view)
{
    private const double Wide = 760;
    private readonly FigureNumbers numbers = new();

    public Markup Content() => Markup.Join(
    [
        Header(),
        Study(),
        Section("overview", "All data sets", Words(Titles.Ranks(view)), ScoreTables.Overview(view)),
        .. Metric.All.Select(metric => Section(metric.Id, metric.Name, Words(Titles.Scores(view)), ScoreTables.Scores(view, metric))),
        // Settings of one method would be lines that all look alike.
        view.Rivals ? Noise() : Markup.Empty,
        Samples(),
        view.Rivals ? Curves() : Markup.Empty,
        Section("time", "Training time", Words(Titles.Times(view)), ScoreTables.Times(view)),
        Details(),
    ]);

    private Markup Header() => Markup.Of($"""
        <header>
        <p class="kicker">{(view.Record.Study is { } study ? $"Study: {study}" : "Comparison")}</p>
        <h1><bdi>{Titles.Of(view)}</bdi></h1>
        <p class="byline">{Byline()}</p>
        <p class="lead">{Findings.Lead(view)}</p>
        {Markup.Join(Findings.Cautions(view).Select(caution => Markup.Of($"<p class=\"note\">{caution}</p>\n")))}</header>

        """);

    private string Byline() => string.Join(" · ",
        Plural(view.Methods.Count, "method"), Plural(view.DataSets.Count, "data set"), Plural(view.Record.Seeds.Count, "seed"),
        view.Progress is var (finished, planned) && finished < planned ? $"{Figure.Count(finished)} of {Figure.Count(planned)} cells" : Plural(finished, "cell"),
        view.Record.Finished.ToString("d MMMM yyyy, HH:mm", CultureInfo.InvariantCulture));

    private static string Plural(int count, string noun) => $"{Figure.Count(count)} {noun}{(count == 1 ? "" : "s")}";

    private Markup Study()
    {
        var parts = StudySection.Parts(view);
        return parts.Count == 0 ? Markup.Empty : Markup.Join(parts.Select((part, i) => ReportView.Section($"study-{(i + 1).ToString(CultureInfo.InvariantCulture)}", part.Heading,
            part.Words.Length > 0 && part.Words != Findings.Lead(view) ? Words(part.Words) : Markup.Empty,
            part.Draw is { } draw ? numbers.Draw(part.Caption, draw, Wide) : Markup.Empty, part.Table.Html())));
    }

    private Markup Noise()
    {
        var ranks = view.Ranking.Friedman is { } friedman
            ? Markup.Join([Words(Findings.Friedman(friedman)), numbers.Draw("Mean ranks over data sets. A bar at the right joins methods that Nemenyi’s test cannot tell apart.",
                (id, width) => ComparisonCharts.CriticalDifference(view, friedman).Render(id, width), Wide)])
            : Markup.Empty;
        if (view.Evidence is not { } evidence)
            return ranks == Markup.Empty ? ranks : ReportView.Section("noise", "What is noise", ranks);
        string own = view.Name(evidence.Own);
        var byDataSet = evidence.ByDataSet.Count < 2 ? Markup.Empty : Markup.Join(evidence.ByDataSet.Select(pair => ReportView.Details(pair.Key, Markup.Join(
        [
            numbers.Draw($"{own} against every other method on {pair.Key}.", (id, width) => ComparisonCharts.Forest(view, evidence.Own, pair.Value, pair.Key).Render(id, width), Wide),
            DetailTables.Differences(view, evidence.Own, $"{own} against every other method on {pair.Key}", pair.Value).Html(),
        ]))));
        string all = evidence.ByDataSet.Count < 2 ? evidence.ByDataSet.Keys.First() : "all data sets";
        return ReportView.Section("noise", "What is noise", ranks, Words(Titles.Bootstrap),
            numbers.Draw($"{own} against every other method, {all}: difference of macro F1 and its 95\u202F% interval. Blue: {own} is ahead by more than the choice of test texts explains; purple: behind by more; grey: cannot be told.",
                (id, width) => ComparisonCharts.Forest(view, evidence.Own, evidence.Overall, all).Render(id, width), Wide),
            ReportView.Details("Numbers behind the figure", DetailTables.Differences(view, evidence.Own, $"{own} against every other method, {all}", evidence.Overall).Html()),
            evidence.ByDataSet.Count < 2 ? Markup.Empty : Markup.Of($"<h3>Each data set</h3>\n"), byDataSet);
    }

    private Markup Samples()
    {
        var grid = ScoreTables.Samples(view);
        return grid.Rows.Count == 0 ? Markup.Empty : ReportView.Section("samples", "Samples used", Words(Titles.Samples),
            numbers.Draw($"Share of the offered samples that the optimiser saw: means over data sets as bars{(view.DataSets.Count > 1 ? ", each data set as a dot" : "")}.",
                (id, width) => ComparisonCharts.Shares(view).Render(id, width), Wide), grid.Html());
    }

    private Markup Curves()
    {
        var figures = new List<Markup>();
        foreach (var data in view.DataSets)
            if (ComparisonCharts.Curves(view, data) is { } chart)
                figures.Add(numbers.Draw(data.Name + ".", (id, width) => chart.Render(id, width, width > FigureNumbers.Narrow ? 320 : 280), 456));
        return figures.Count == 0 ? Markup.Empty : ReportView.Section("curves", "Accuracy against samples",
            Words("Macro F1 on the validation set over the samples that the optimiser had seen, means over seeds: further left is cheaper. Variants of LLKD, the best others and the method that uses everything are named; the rest is grey."),
            Markup.Of($"<div class=\"pair\">\n{Markup.Join(figures)}</div>\n"));
    }

    private Markup Details()
    {
        var chosen = DetailTables.Chosen(view) is { } grid ? Markup.Of($"<h3>Options chosen on the validation set</h3>\n{grid.Html()}") : Markup.Empty;
        var notes = DetailTables.Notes(view) is { Count: > 0 } list
            ? Markup.Of($"<h3>Notes</h3>\n<ul class=\"notes\">\n{Markup.Join(list.Select(note => Markup.Of($"<li>{note}</li>\n")))}</ul>\n") : Markup.Empty;
        return ReportView.Section("setup", "Set-up", Words(Titles.Setup(view)), DetailTables.DataSets(view).Html(), chosen, notes);
    }

    private static Markup Words(string text) => Markup.Of($"<p>{text}</p>\n");

    private static Markup Section(string id, string heading, Markup words, Grid grid) =>
        grid.Rows.Count + grid.Apart.Count == 0 ? Markup.Empty : ReportView.Section(id, heading, words, grid.Html());
}
