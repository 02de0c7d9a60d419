using System.Globalization;
using Llkd.Reports.Html;
using Llkd.Reports.Sections;
using Llkd.Runs;

namespace Llkd.Reports.Comparison;

/// <summary>The sections of `comparison.html`.</summary>
internal sealed class ComparisonPage(ComparisonView view)
{
    private readonly FigureNumbers numbers = new();

    public Markup Content() => Markup.Join(
    [
        Header(),
        Section("overview", "All data sets", Words(Titles.Ranks(view)), ScoreTables.Overview(view)),
        .. Metric.All.Select(metric => Section(metric.Id, metric.Name, Words(Titles.Scores(view)), ScoreTables.Scores(view, metric))),
        Noise(),
        Section("samples", "Samples used", Words(Titles.Samples), ScoreTables.Samples(view)),
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

    private Markup Noise()
    {
        if (view.Evidence is not { } evidence)
            return Markup.Empty;
        var byDataSet = evidence.ByDataSet.Count < 2 ? Markup.Empty
            : Markup.Join(evidence.ByDataSet.Select(pair => ReportView.Details(pair.Key, DetailTables.Differences(view, evidence.Own, pair.Key, pair.Value).Html())));
        return ReportView.Section("noise", "What is noise", Words(Titles.Bootstrap),
            DetailTables.Differences(view, evidence.Own, $"{view.Name(evidence.Own)} against every other method, all data sets", evidence.Overall).Html(), byDataSet);
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
