using System.Globalization;

namespace Llkd.Reports.Comparison;

/// <summary>Headings and explanations that the Markdown and the HTML form share. They hold no markup.</summary>
internal static class Titles
{
    public const string Bootstrap = "Paired bootstrap: the test texts are drawn anew 10\u202F000 times with replacement, the same for both methods and all seeds, and each seed is compared with itself. An interval that holds zero says that the test texts cannot tell the two apart. It does not count the luck of training, for which see the deviations over seeds.";

    public const string Samples = "A sample counts each time the optimiser saw it, over all epochs; the share is of those offered (epochs times pool). Means over seeds.";

    public static string Of(ComparisonView view)
    {
        string what = view.Record.Study switch
        {
            "ablation" => "Ablation",
            "sensitivity" => "Sensitivity",
            "few-labels" => "A few gold labels against LLKD",
            "teacher" => "Several teachers",
            _ => "Comparison of selection methods",
        };
        return view.DataSets.Count == 1 ? $"{what} on {view.DataSets[0].Name}" : what;
    }

    public static string Ranks(ComparisonView view)
    {
        if (view.Ranked.Take(2).Count() < 2)
            return "Plain means over data sets. There are not two methods on the same pseudo-labels and student to be ranked.";
        int counted = view.Ranking.DataSets.Count;
        string basis = counted == 0 ? "No data set is finished with every method and seed, so there are no ranks yet."
            : counted < view.DataSets.Count ? $"Ranks stand on the {Figure.Count(counted)} of {Figure.Count(view.DataSets.Count)} data sets that are finished with every method and seed."
            : "Ranks are averaged over data sets and both metrics; 1 is best, ties share a rank, and a method that failed with every seed shares the last one.";
        return $"{basis} The other columns are plain means over data sets{(view.Everything is null ? "" : ", the time a median of ratios")}. Only variants of LLKD and baselines on the same pseudo-labels and student are ranked.";
    }

    public static string Scores(ComparisonView view) =>
        (view.Record.Seeds.Count > 1 ? $"Mean ± standard deviation over {Figure.Count(view.Record.Seeds.Count)} seeds; " : "One seed; ")
        + "the best in bold, ties after rounding included."
        + (view.DataSets.Any(data => Metric.All.Any(metric => view.Improvement(data, metric) is not null)) ? " Improv. is the relative gain of the best variant of LLKD over the best baseline." : "");

    public static string Times(ComparisonView view) => view.Everything is { } everything
        ? $"Median over seeds; in brackets the median ratio to {view.Name(everything)}, which uses every sample. Labelling, the choice of options and evaluation are not counted."
        : "Median over seeds. Labelling, the choice of options and evaluation are not counted.";

    public static string Setup(ComparisonView view)
    {
        var record = view.Record;
        string seeds = string.Join(", ", record.Seeds.Select(seed => seed.ToString(CultureInfo.InvariantCulture)));
        return $"LLKD for .NET {record.ProductVersion}, finished {record.Finished.ToString("d MMMM yyyy, HH:mm", CultureInfo.InvariantCulture)}. {(record.Seeds.Count == 1 ? "Seed" : "Seeds")} {seeds}. {record.Machine}; {Figure.Count(record.ThreadsPerCell)} {(record.ThreadsPerCell == 1 ? "thread" : "threads")} a cell.";
    }
}
