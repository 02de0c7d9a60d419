namespace Llkd.Reports.Charts;

/// <summary>A linear scale from data to drawing, with round ticks.</summary>
internal sealed class Scale
{
    private readonly double from;
    private readonly double to;
    private readonly double start;
    private readonly double end;

    /// <param name="from">Data at <paramref name="start"/>.</param>
    /// <param name="to">Data at <paramref name="end"/>; an empty range is widened.</param>
    /// <param name="start">Drawing coordinate.</param>
    /// <param name="end">Drawing coordinate.</param>
    public Scale(double from, double to, double start, double end)
    {
        this.from = from;
        this.to = to > from ? to : from + 1;
        this.start = start;
        this.end = end;
    }

    /// <summary>Drawing coordinate of a value; one outside the range is drawn on its edge.</summary>
    public double this[double value] => start + (end - start) * Math.Clamp((value - from) / (to - from), 0, 1);

    /// <summary>Round values inside the range, about <paramref name="wanted"/> of them.</summary>
    public IReadOnlyList<double> Ticks(int wanted)
    {
        double step = Step((to - from) / Math.Max(1, wanted));
        var ticks = new List<double>();
        for (double k = Math.Ceiling(from / step - 1e-9); k * step <= to + 1e-9 * step && ticks.Count < 50; k++)
            ticks.Add(k * step + 0.0); // + 0.0 turns −0 into 0
        return ticks;
    }

    /// <summary>A range widened to round values around all the finite ones given, within the lowest and highest that make sense.</summary>
    public static (double From, double To) Around(IEnumerable<double> values, double lowest, double highest, int wanted = 5)
    {
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        foreach (double value in values.Where(double.IsFinite).Select(value => Math.Clamp(value, lowest, highest)))
        {
            low = Math.Min(low, value);
            high = Math.Max(high, value);
        }
        if (low > high)
            return (lowest, highest);
        if (high - low < 1e-9)
            (low, high) = (low - 0.01 * Math.Max(1, Math.Abs(low)), high + 0.01 * Math.Max(1, Math.Abs(high)));
        double step = Step((high - low) / wanted);
        return (Math.Max(lowest, Math.Floor(low / step) * step), Math.Min(highest, Math.Ceiling(high / step) * step));
    }

    private static double Step(double rough)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double unit = rough / power;
        return power * (unit <= 1.0001 ? 1 : unit <= 2.0001 ? 2 : unit <= 2.5001 ? 2.5 : unit <= 5.0001 ? 5 : 10);
    }
}
