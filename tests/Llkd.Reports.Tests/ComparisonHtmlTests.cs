using System.Xml.Linq;
using CsCheck;
using Llkd.Reports.Comparison;
using Llkd.Runs;

namespace Llkd.Reports.Tests;

public sealed class ComparisonHtmlTests
{
    public static TheoryData<string> Samples() => [.. SampleComparisons.All.Keys];

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_page_is_well_formed_and_its_drawings_stay_in_their_boxes(string name)
    {
        var page = Page.Parse(SampleComparisons.Html(name));
        Assert.Empty(Page.DrawingFaults(page).Take(3));
        var ids = page.Descendants().Attributes("id").Select(id => id.Value).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.DoesNotContain(page.Descendants().Attributes(), attribute => attribute.Name.LocalName is "src" or "href");
    }

    [Fact]
    public void A_page_of_any_comparison_is_well_formed() =>
        Gen.Select(Gen.Int[1, 6], Gen.Int[1, 4], Gen.Int[1, 3], Gen.Bool, Gen.Int[0, 80], Gen.Int[0, 5].Select(i => new[] { null, "ablation", "sensitivity", "few-labels", "teacher", "unknown" }[i]))
            .Sample((methods, dataSets, seeds, failures, cells, study) =>
            {
                var record = SampleComparisons.Make(methods, dataSets, seeds, failures, test: 8, points: 3, study: study);
                record = record with { Cells = [.. record.Cells.Take(cells)], DataSets = [.. record.DataSets.Select(data => data with { Teacher = Hostile.Text, Student = Hostile.Labels[0] })] };
                Assert.Empty(Page.DrawingFaults(Page.Parse(ComparisonHtml.Render(record))).Take(3));
            }, iter: 25, threads: 1);

    [Fact]
    public void A_partial_comparison_says_how_many_cells_it_has() =>
        Assert.Contains("70 of 150 cells", SampleComparisons.Html("partial"), StringComparison.Ordinal);

    [Fact]
    public void The_best_is_bold_and_references_stay_apart()
    {
        var table = Page.Parse(SampleComparisons.Html("large")).Descendants("section").Single(section => (string?)section.Attribute("id") == "macro-f1").Descendants("table").Single();
        var bodies = table.Elements("tbody").ToList();
        Assert.Equal(23, bodies[0].Elements("tr").Count());
        Assert.All(Enumerable.Range(1, 8), column => Assert.Contains(bodies[0].Elements("tr"), row => row.Elements().ElementAt(column).Elements("b").Any()));
        Assert.DoesNotContain(bodies.Skip(1), body => body.Descendants("b").Any());
        Assert.Contains("Lbl2TransformerVec", bodies[^1].Value, StringComparison.Ordinal);
    }

    [Fact]
    public void The_critical_difference_joins_the_groups_that_the_test_finds()
    {
        var record = SampleComparisons.All["large"];
        var friedman = new ComparisonView(record).Ranking.Friedman!;
        var drawing = Page.Parse(SampleComparisons.Html("large")).Descendants("svg").First(svg => svg.Element("title")!.Value.StartsWith("Mean ranks", StringComparison.Ordinal));
        // One bar a group and one for the length of the critical difference.
        Assert.Equal(friedman.Alike().Count + 1, drawing.Elements("line").Count(line => (string?)line.Attribute("class") == "joined"));
    }

    [Fact]
    public void The_evidence_on_one_data_set_is_the_difference_of_the_cells()
    {
        var record = SampleComparisons.Make(methods: 3, dataSets: 2, seeds: 2);
        var view = new ComparisonView(record);
        var row = view.Evidence!.ByDataSet["trec"].Single(row => row.Method.Key == "no-ds");
        double Mean(string method) => record.Cells.Where(cell => cell.DataSet == "trec" && cell.Method == method).Average(cell => cell.MacroF1);
        Assert.Equal(Mean("llkd") - Mean("no-ds"), row.MacroF1.Difference, 1e-12);
        Assert.InRange(row.MacroF1.Difference, row.MacroF1.Low, row.MacroF1.High);
        Assert.Equal(2, row.Parts);
        Assert.Equal(view.Evidence.ByDataSet.Values.Average(rows => rows.Single(r => r.Method.Key == "no-ds").MacroF1.Difference), view.Evidence.Overall.Single(r => r.Method.Key == "no-ds").MacroF1.Difference, 1e-12);
    }

    [Theory]
    [InlineData("sensitivity", 3)]
    [InlineData("ablation", 1)]
    [InlineData("few-labels", 1)]
    [InlineData("teacher-study", 1)]
    public void A_study_has_its_own_figures_and_tables(string name, int parts)
    {
        var sections = Page.Parse(SampleComparisons.Html(name)).Descendants("section").Where(section => ((string)section.Attribute("id")!).StartsWith("study-", StringComparison.Ordinal)).ToList();
        Assert.Equal(parts, sections.Count);
        Assert.All(sections, section => Assert.True(section.Descendants("svg").Any() && section.Descendants("table").Any()));
    }

    [Fact]
    public void Numbers_over_decades_stand_on_a_logarithmic_axis_and_words_in_their_own_order()
    {
        var labels = new StudyAxis(["1000", "10", "100", "10"]);
        Assert.True(labels.IsLogarithmic);
        Assert.Equal(["10", "100", "1000"], labels.Values);
        Assert.Equal(1, labels["100"] - labels["10"], 1e-12);
        var momentum = new StudyAxis(["0.9", "0.5"]);
        Assert.False(momentum.IsLogarithmic);
        Assert.Equal(0.4, momentum["0.9"] - momentum["0.5"], 1e-12);
        var words = new StudyAxis(["margin", "entropy"]);
        Assert.Equal(["margin", "entropy"], words.Values);
        Assert.Equal(1, words["entropy"]);
    }

    [Fact]
    public void All_three_files_are_written_together()
    {
        using var folder = new TemporaryFolder();
        ComparisonReport.Write(SampleComparisons.All["small"], folder.Path);
        Assert.Equal(["comparison.html", "comparison.json", "comparison.md"], Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(SampleComparisons.Html("small"), File.ReadAllText(Path.Combine(folder.Path, "comparison.html")));
    }
}
