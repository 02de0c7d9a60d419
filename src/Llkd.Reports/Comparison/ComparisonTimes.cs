using Llkd.Runs;

namespace Llkd.Reports.Comparison;

/// <summary>Training times relative to the method that uses every sample.</summary>
internal static class ComparisonTimes
{
    /// <summary>Median over seeds of a method's seconds over those of the method that uses every sample; NaN where there is no pair.</summary>
    public static double TimeRatio(this ComparisonView view, ComparisonDataSet data, ComparisonMethod method)
    {
        if (view.Everything is not { } everything)
            return double.NaN;
        var whole = view.Good(data, everything).Where(cell => cell.Seconds > 0).ToLookup(cell => cell.Seed, cell => cell.Seconds);
        return Median(view.Good(data, method).Where(cell => cell.Seen is not null && whole.Contains(cell.Seed)).Select(cell => cell.Seconds / whole[cell.Seed].First()));
    }

    /// <summary>The median of those ratios over data sets; median seconds without a method to divide by.</summary>
    public static double Times(this ComparisonView view, ComparisonMethod method) => view.Everything is not null
        ? Median(view.DataSets.Select(data => view.TimeRatio(data, method)))
        : Median(view.DataSets.SelectMany(data => view.Good(data, method)).Where(cell => cell.Seen is not null).Select(cell => cell.Seconds));

    /// <summary>The median of the finite values; NaN where there are none.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Where(double.IsFinite).Order()];
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
