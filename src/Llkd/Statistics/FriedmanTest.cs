namespace Llkd.Statistics;

/// <summary>
/// Friedman's test of whether k methods rank alike over n data sets, with Iman and Davenport's sharper form and Nemenyi's
/// critical difference, as Demšar (JMLR 7, 2006) advises for comparing classifiers:
/// χ² = 12n / (k(k+1)) · Σ_j (R_j − (k+1)/2)², divided by 1 − Σ(t³ − t) / (n(k³ − k)) for ties of size t;
/// F = (n−1) χ² / (n(k−1) − χ²);  CD = q_α/√2 · √(k(k+1) / 6n).
/// </summary>
public sealed record FriedmanTest
{
    /// <summary>Mean rank of each method, [methods]; 1 is best.</summary>
    public required IReadOnlyList<double> MeanRanks { get; init; }
    /// <summary>Data sets.</summary>
    public required int DataSets { get; init; }
    /// <summary>Friedman's χ², k − 1 degrees of freedom.</summary>
    public required double ChiSquare { get; init; }
    /// <summary>Its probability if all methods were alike.</summary>
    public required double ChiSquareProbability { get; init; }
    /// <summary>Iman and Davenport's F, k − 1 and (k − 1)(n − 1) degrees of freedom; infinite where all data sets rank alike.</summary>
    public required double F { get; init; }
    /// <summary>Its probability if all methods were alike.</summary>
    public required double FProbability { get; init; }
    /// <summary>Mean ranks further apart than this differ at the 5 % level (Nemenyi).</summary>
    public required double CriticalDifference { get; init; }

    /// <summary>Runs the test.</summary>
    /// <param name="scores">Higher is better, [data sets][methods]; NaN counts as worst.</param>
    /// <param name="alpha">Level of the critical difference, in (0, 1); default 0.05.</param>
    /// <exception cref="ArgumentException">Fewer than two data sets or methods, or rows of different lengths.</exception>
    public static FriedmanTest Of(IReadOnlyList<IReadOnlyList<double>> scores, double alpha = 0.05)
    {
        ArgumentNullException.ThrowIfNull(scores);
        int n = scores.Count, k = n == 0 ? 0 : scores[0].Count;
        if (n < 2 || k < 2 || scores.Any(row => row.Count != k))
            throw new ArgumentException("Friedman's test needs at least two data sets and two methods, and a score of each method on each data set.", nameof(scores));
        var mean = new double[k];
        double ties = 0;
        foreach (var row in scores)
        {
            double[] ranks = Ranks.Descending(row);
            for (int j = 0; j < k; j++) mean[j] += ranks[j] / n;
            ties += ranks.GroupBy(rank => rank).Sum(group => Math.Pow(group.Count(), 3) - group.Count());
        }
        double chi = 12.0 * n / (k * (k + 1.0)) * mean.Sum(rank => Math.Pow(rank - (k + 1) / 2.0, 2));
        double correction = 1 - ties / (n * (Math.Pow(k, 3) - k));
        chi = correction > 1e-12 ? chi / correction : 0;
        double rest = n * (k - 1.0) - chi;
        double f = rest > 1e-9 ? (n - 1) * chi / rest : double.PositiveInfinity;
        return new FriedmanTest
        {
            MeanRanks = mean,
            DataSets = n,
            ChiSquare = chi,
            ChiSquareProbability = Distributions.ChiSquareUpper(chi, k - 1),
            F = f,
            FProbability = Distributions.FUpper(f, k - 1, (k - 1.0) * (n - 1)),
            CriticalDifference = NemenyiDifference(k, n, alpha),
        };
    }

    /// <summary>Nemenyi's critical difference of mean ranks.</summary>
    /// <param name="methods">k, at least 2.</param>
    /// <param name="dataSets">n, at least 1.</param>
    /// <param name="alpha">Level, in (0, 1); default 0.05.</param>
    public static double NemenyiDifference(int methods, int dataSets, double alpha = 0.05)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dataSets, 1);
        return StudentizedRange.Critical(alpha, methods) / Math.Sqrt(2) * Math.Sqrt(methods * (methods + 1.0) / (6.0 * dataSets));
    }

    /// <summary>The largest groups of methods whose mean ranks lie within the critical difference, by their indices, best first; groups of one are left out.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Alike()
    {
        int[] order = [.. Enumerable.Range(0, MeanRanks.Count).OrderBy(j => MeanRanks[j])];
        var groups = new List<IReadOnlyList<int>>();
        int reached = 0;
        for (int start = 0; start < order.Length; start++)
        {
            int end = start;
            while (end + 1 < order.Length && MeanRanks[order[end + 1]] - MeanRanks[order[start]] <= CriticalDifference) end++;
            // A group inside one already listed says nothing new.
            if (end > start && (groups.Count == 0 || end > reached))
            {
                groups.Add(order[start..(end + 1)]);
                reached = end;
            }
        }
        return groups;
    }
}
