using Llkd.Runs;
using Llkd.Statistics;

namespace Llkd.Reports.Comparison;

/// <summary>
/// Ranks of LLKD's variants and the baselines. A data set counts once every ranked method has been tried on it with every
/// seed; a method that failed with every seed shares the last place.
/// </summary>
internal sealed class Ranking
{
    private readonly Dictionary<string, double> average;

    private Ranking(Dictionary<string, double> average, IReadOnlyList<ComparisonMethod> methods, IReadOnlyList<ComparisonDataSet> dataSets, FriedmanTest? friedman)
    {
        this.average = average;
        Methods = methods;
        DataSets = dataSets;
        Friedman = friedman;
    }

    /// <summary>Ranked methods, in the order of the record.</summary>
    public IReadOnlyList<ComparisonMethod> Methods { get; }

    /// <summary>Data sets that count.</summary>
    public IReadOnlyList<ComparisonDataSet> DataSets { get; }

    /// <summary>Friedman's test on macro F1, one rank a data set; null with fewer than two data sets or methods.</summary>
    public FriedmanTest? Friedman { get; }

    /// <summary>Average rank over data sets and both metrics; NaN for a method that is not ranked.</summary>
    public double Average(ComparisonMethod method) => average.GetValueOrDefault(method.Key, double.NaN);

    /// <summary>The methods with the best average rank; empty where nothing is ranked.</summary>
    public IReadOnlyList<ComparisonMethod> First
    {
        get
        {
            double best = average.Count == 0 ? double.NaN : average.Values.Min();
            return [.. Methods.Where(method => Average(method) <= best + 1e-9)];
        }
    }

    public static Ranking Of(ComparisonView view)
    {
        ComparisonMethod[] methods = [.. view.Ranked];
        ComparisonDataSet[] dataSets = [.. view.DataSets.Where(data => methods.All(method => view.Cells(data, method).Count >= view.Record.Seeds.Count)
            && methods.Any(method => view.Good(data, method).Any()))];
        var average = new Dictionary<string, double>(StringComparer.Ordinal);
        if (methods.Length < 2 || dataSets.Length == 0)
            return new(average, methods, dataSets, null);
        foreach (var data in dataSets)
            foreach (var metric in Metric.All)
            {
                double[] ranks = Ranks.Descending(Scores(data, metric));
                for (int j = 0; j < methods.Length; j++)
                    average[methods[j].Key] = average.GetValueOrDefault(methods[j].Key) + ranks[j] / (dataSets.Length * Metric.All.Count);
            }
        return new(average, methods, dataSets, dataSets.Length < 2 ? null : FriedmanTest.Of([.. dataSets.Select(data => Scores(data, Metric.MacroF1))]));

        double[] Scores(ComparisonDataSet data, Metric metric) => [.. methods.Select(method => view.Score(data, method, metric).Mean)];
    }
}
