using Llkd.Runs;
using Llkd.Statistics;

namespace Llkd.Reports.Comparison;

/// <summary>How far LLKD lies over another method, and whether the test texts can tell.</summary>
/// <param name="Method">The other method.</param>
/// <param name="Accuracy">LLKD's accuracy less the other's.</param>
/// <param name="MacroF1">LLKD's macro F1 less the other's.</param>
/// <param name="Parts">What it was averaged over: seeds that both have on one data set, or data sets.</param>
internal sealed record MethodEvidence(ComparisonMethod Method, PairedDifference Accuracy, PairedDifference MacroF1, int Parts);

/// <summary>
/// Paired bootstrap of one method against every other: on each data set over its test texts, pooled over the seeds that
/// both have; and over all data sets that both have, each weighing the same.
/// </summary>
internal sealed class Evidence
{
    public const int Resamples = 10_000;

    public required ComparisonMethod Own { get; init; }
    /// <summary>By data set, in the order of the methods.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<MethodEvidence>> ByDataSet { get; init; }
    /// <summary>Mean difference over data sets, in the order of the methods.</summary>
    public required IReadOnlyList<MethodEvidence> Overall { get; init; }

    public static Evidence? Of(ComparisonView view)
    {
        if (view.Own is not { } own)
            return null;
        var byDataSet = new Dictionary<string, IReadOnlyList<MethodEvidence>>(StringComparer.Ordinal);
        var sums = new Dictionary<string, Sum>(StringComparer.Ordinal);
        foreach (var data in view.DataSets)
        {
            var rows = OnDataSet(view, data, own, sums);
            if (rows.Count > 0)
                byDataSet[data.Name] = rows;
        }
        if (byDataSet.Count == 0)
            return null;
        MethodEvidence[] overall = [.. view.Methods.Where(method => sums.ContainsKey(method.Key)).Select(method => sums[method.Key].Evidence(method))];
        return new Evidence { Own = own, ByDataSet = byDataSet, Overall = overall };
    }

    private static List<MethodEvidence> OnDataSet(ComparisonView view, ComparisonDataSet data, ComparisonMethod own, Dictionary<string, Sum> sums)
    {
        bool Usable(ComparisonCell cell) => data.Gold.Count > 0 && cell.Predicted.Count == data.Gold.Count;
        ComparisonCell[] mine = [.. view.Good(data, own).Where(Usable)];
        ComparisonCell[] others = [.. view.Methods.Where(method => method.Key != own.Key)
            .SelectMany(method => view.Good(data, method).Where(Usable)).Where(cell => mine.Any(one => one.Seed == cell.Seed))];
        if (mine.Length == 0 || others.Length == 0)
            return [];
        var scores = PairedBootstrap.Measure(data.Gold, data.Labels.Count, [.. mine.Concat(others).Select(cell => cell.Predicted)], Resamples, stream: data.Name);
        var rows = new List<MethodEvidence>();
        foreach (var method in view.Methods)
        {
            (int Mine, int Other)[] pairs = [.. Enumerable.Range(0, others.Length).Where(j => others[j].Method == method.Key)
                .Select(j => (Array.FindIndex(mine, one => one.Seed == others[j].Seed), j))];
            if (pairs.Length == 0)
                continue;
            var sum = new Sum();
            foreach (var (i, j) in pairs)
                sum.Add(mine[i], others[j], scores[i], scores[mine.Length + j], pairs.Length);
            rows.Add(sum.Evidence(method) with { Parts = pairs.Length });
            if (!sums.TryGetValue(method.Key, out var total))
                sums[method.Key] = total = new Sum();
            total.Add(sum);
        }
        return rows;
    }

    /// <summary>Differences summed over seeds, or over data sets.</summary>
    private sealed class Sum
    {
        private readonly double[] accuracy = new double[Resamples];
        private readonly double[] macroF1 = new double[Resamples];
        private double accuracyDifference;
        private double macroF1Difference;
        private int parts;

        public void Add(ComparisonCell mine, ComparisonCell other, ResampledScores mineScores, ResampledScores otherScores, int seeds)
        {
            parts = 1;
            accuracyDifference += (mine.Accuracy - other.Accuracy) / seeds;
            macroF1Difference += (mine.MacroF1 - other.MacroF1) / seeds;
            for (int r = 0; r < Resamples; r++)
            {
                accuracy[r] += (mineScores.Accuracy[r] - otherScores.Accuracy[r]) / seeds;
                macroF1[r] += (mineScores.MacroF1[r] - otherScores.MacroF1[r]) / seeds;
            }
        }

        public void Add(Sum dataSet)
        {
            parts++;
            accuracyDifference += dataSet.accuracyDifference;
            macroF1Difference += dataSet.macroF1Difference;
            for (int r = 0; r < Resamples; r++)
            {
                accuracy[r] += dataSet.accuracy[r];
                macroF1[r] += dataSet.macroF1[r];
            }
        }

        public MethodEvidence Evidence(ComparisonMethod method) => new(method,
            PairedDifference.Of(accuracyDifference / parts, [.. accuracy.Select(value => value / parts)]),
            PairedDifference.Of(macroF1Difference / parts, [.. macroF1.Select(value => value / parts)]), parts);
    }
}
