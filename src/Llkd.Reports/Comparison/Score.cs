namespace Llkd.Reports.Comparison;

/// <summary>A figure of one method on one data set over its seeds.</summary>
/// <param name="Mean">Mean over the seeds that have a figure; NaN where none has.</param>
/// <param name="Deviation">Sample standard deviation (divided by n − 1); NaN with fewer than two seeds.</param>
/// <param name="Count">Seeds that have a figure.</param>
internal readonly record struct Score(double Mean, double Deviation, int Count)
{
    public static readonly Score None = new(double.NaN, double.NaN, 0);

    /// <summary>Mean and deviation of the finite values.</summary>
    public static Score Of(IEnumerable<double> values)
    {
        double[] finite = [.. values.Where(double.IsFinite)];
        if (finite.Length == 0)
            return None;
        double mean = finite.Average();
        return new(mean, finite.Length < 2 ? double.NaN : Math.Sqrt(finite.Sum(value => (value - mean) * (value - mean)) / (finite.Length - 1)), finite.Length);
    }

    /// <summary>The mean in per cent with two decimals, as it stands in the tables; equal texts count as a tie.</summary>
    public string Shown => Figure.Fixed(100 * Mean, 2);

    /// <summary>"86.12 ± 0.40", or the mean alone with one seed, or a dash.</summary>
    public override string ToString() => double.IsFinite(Deviation) ? $"{Shown} ± {Figure.Fixed(100 * Deviation, 2)}" : Shown;
}

/// <summary>A reported metric of a cell.</summary>
/// <param name="Name">As in a heading.</param>
/// <param name="Id">As in a link.</param>
/// <param name="Of">Its value.</param>
internal sealed record Metric(string Name, string Id, Func<Runs.ComparisonCell, double> Of)
{
    public static readonly Metric Accuracy = new("Accuracy", "accuracy", cell => cell.Accuracy);
    public static readonly Metric MacroF1 = new("Macro F1", "macro-f1", cell => cell.MacroF1);
    public static readonly IReadOnlyList<Metric> All = [Accuracy, MacroF1];
}
