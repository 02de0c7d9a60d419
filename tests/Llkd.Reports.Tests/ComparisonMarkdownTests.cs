using Llkd.Reports.Comparison;
using Llkd.Runs;

namespace Llkd.Reports.Tests;

public sealed class ComparisonMarkdownTests
{
    // Two data sets, two seeds, worked by hand:
    //              emotions            trec
    // LLKD     .60, .62 → .6100    .80, .80 → .8000
    // No_DS    .50, .52 → .5100    .80, .80 → .8000
    // Random   .40, .40 → .4000    diverged twice
    // Ranks (accuracy = macro F1 here): 1, 2, 3 and 1.5, 1.5, 3; averages 1.25, 1.75, 3.
    private static ComparisonRecord Worked()
    {
        ComparisonCell Cell(string data, string method, int seed, double score) => new()
        {
            DataSet = data,
            Method = method,
            Seed = seed,
            Accuracy = score,
            MacroF1 = score,
            Seen = method == "llkd" ? 100 : 400,
            Offered = 400,
            Seconds = method == "llkd" ? 3 : 10,
        };
        var sample = SampleComparisons.Make(methods: 3, dataSets: 2, seeds: 2);
        return sample with
        {
            Methods =
            [
                new() { Key = "llkd", Published = "LLKD", Role = ComparisonRole.Own }, new() { Key = "no-ds", Published = "No_DS", Role = ComparisonRole.Baseline },
                new() { Key = "random", Published = "Random", Role = ComparisonRole.Baseline }, new() { Key = "teacher", Published = "Teacher", Role = ComparisonRole.Reference },
            ],
            Planned = 14,
            Cells =
            [
                Cell("emotions", "llkd", 1, 0.60), Cell("emotions", "llkd", 2, 0.62), Cell("emotions", "no-ds", 1, 0.50), Cell("emotions", "no-ds", 2, 0.52),
                Cell("emotions", "random", 1, 0.40), Cell("emotions", "random", 2, 0.40), Cell("emotions", "teacher", 1, 0.99) with { Seen = null, Offered = null },
                Cell("trec", "llkd", 1, 0.80), Cell("trec", "llkd", 2, 0.80), Cell("trec", "no-ds", 1, 0.80), Cell("trec", "no-ds", 2, 0.80),
                new() { DataSet = "trec", Method = "random", Seed = 1, Failure = "the student diverged at step 7" }, new() { DataSet = "trec", Method = "random", Seed = 2, Failure = "the student diverged at step 7" },
                Cell("trec", "teacher", 1, 0.7) with { Seen = null, Offered = null },
            ],
        };
    }

    private static string Section(string markdown, string heading) => markdown.Split("\n## ").Single(part => part.StartsWith(heading + "\n", StringComparison.Ordinal)).Replace('\u202F', ' ');

    [Fact]
    public void Means_deviations_and_ties_are_those_worked_by_hand()
    {
        string table = Section(ComparisonMarkdown.Render(Worked()), "Macro F1");
        Assert.Contains("| Method | emotions | trec |\n| :--- | ---: | ---: |\n", table, StringComparison.Ordinal);
        Assert.Contains("| **LLKD** | **61.00 ± 1.41** | **80.00 ± 0.00** |\n", table, StringComparison.Ordinal);
        Assert.Contains("| No\\_DS | 51.00 ± 1.41 | **80.00 ± 0.00** |\n", table, StringComparison.Ordinal);
        Assert.Contains("| Random | 40.00 ± 0.00 | diverged<sup>1</sup> |\n", table, StringComparison.Ordinal);
        // 0.61 / 0.51 − 1 = 19.61 %.
        Assert.Contains("| Improv. | +19.61 % | 0.00 % |\n", table, StringComparison.Ordinal);
        Assert.Contains("| *References, not ranked* |  |  |\n| Teacher | 99.00 | 70.00 |\n", table, StringComparison.Ordinal);
        Assert.Contains("<sup>1</sup> Random on trec diverged with seeds 1, 2: the student diverged at step 7  \n", table, StringComparison.Ordinal);
    }

    [Fact]
    public void Ranks_share_ties_and_put_a_method_that_failed_last()
    {
        string table = Section(ComparisonMarkdown.Render(Worked()), "All data sets");
        Assert.Contains("| **LLKD** | **1.25** | **70.50** | **70.50** | 25.0 | 0.30 |\n", table, StringComparison.Ordinal);
        Assert.Contains("| No\\_DS | 1.75 | 65.50 | 65.50 | 100.0 | 1.00 |\n", table, StringComparison.Ordinal);
        Assert.Contains("| Random | 3.00 | 40.00<sup>1</sup> | 40.00<sup>1</sup> | 100.0 | 1.00 |\n", table, StringComparison.Ordinal);
        Assert.Contains("| Teacher | – | 84.50 | 84.50 | – | – |\n", table, StringComparison.Ordinal);
    }

    [Fact]
    public void Samples_are_given_as_count_and_share_and_times_as_ratios()
    {
        string markdown = ComparisonMarkdown.Render(Worked());
        Assert.Contains("| **LLKD** | 100 (25.0 %) | 100 (25.0 %) |\n", Section(markdown, "Samples used"), StringComparison.Ordinal);
        Assert.Contains("| **LLKD** | 3.0 s (0.30 ×) | 3.0 s (0.30 ×) |\n", Section(markdown, "Training time"), StringComparison.Ordinal);
        Assert.DoesNotContain("Teacher", Section(markdown, "Samples used"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_lead_names_the_first_by_rank_and_where_the_own_method_stands()
    {
        string markdown = ComparisonMarkdown.Render(Worked());
        Assert.Contains("LLKD has the best average rank over 2 data sets: 1.25 among 3 methods.", markdown, StringComparison.Ordinal);
        var other = Worked();
        other = other with { Cells = [.. other.Cells.Select(cell => cell.Method == "llkd" ? cell with { Accuracy = 0.1, MacroF1 = 0.1 } : cell)] };
        // Third on emotions, second on trec, where Random failed; Random has the same mean.
        Assert.Contains("The best variant of LLKD, LLKD, comes second with 2.50.", ComparisonMarkdown.Render(other), StringComparison.Ordinal);
    }

    [Fact]
    public void A_cell_that_failed_with_some_seeds_stands_on_the_others_and_says_so()
    {
        var record = Worked();
        record = record with { Cells = [.. record.Cells.Select(cell => cell is { Method: "no-ds", DataSet: "trec", Seed: 2 } ? cell with { Failure = "out of memory", Accuracy = double.NaN, MacroF1 = double.NaN } : cell)] };
        string table = Section(ComparisonMarkdown.Render(record), "Macro F1");
        Assert.Contains("| No\\_DS | 51.00 ± 1.41 | **80.00<sup>1</sup>** |\n", table, StringComparison.Ordinal);
        Assert.Contains("No\\_DS on trec failed with seed 2; the figure stands on the others: out of memory", table, StringComparison.Ordinal);
    }

    [Fact]
    public void A_partial_comparison_says_how_far_it_is_and_ranks_only_what_is_finished()
    {
        var record = Worked();
        record = record with { Cells = [.. record.Cells.Where(cell => cell.DataSet == "emotions" || cell.Method == "llkd")] };
        string markdown = ComparisonMarkdown.Render(record);
        Assert.Contains("9 of 14 cells", markdown, StringComparison.Ordinal);
        Assert.Contains("Ranks stand on the 1 of 2 data sets", markdown, StringComparison.Ordinal);
        Assert.Contains("LLKD has the best average rank on emotions: 1.00 among 3 methods.", markdown, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_cannot_break_a_table()
    {
        var record = SampleComparisons.Make(methods: 2, dataSets: 1, seeds: 1);
        const string hostile = "a|b\n<script>*x*";
        record = record with
        {
            DataSets = [record.DataSets[0] with { Name = hostile }],
            Cells = [.. record.Cells.Select(cell => cell with { DataSet = hostile })],
        };
        string markdown = ComparisonMarkdown.Render(record);
        Assert.DoesNotContain("<script>", markdown, StringComparison.Ordinal);
        Assert.Contains("| Method | a\\|b &lt;script>\\*x\\* |\n", markdown, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_sample_comparison_has_tables_of_even_width()
    {
        foreach (var (name, record) in SampleComparisons.All)
        {
            int width = 0;
            foreach (string line in ComparisonMarkdown.Render(record).Split('\n'))
            {
                int columns = line.StartsWith('|') ? line.Replace("\\|", "", StringComparison.Ordinal).Count(c => c == '|') : 0;
                Assert.True(columns == 0 || width == 0 || columns == width, $"{name}: {line}");
                width = columns;
            }
        }
    }
}
