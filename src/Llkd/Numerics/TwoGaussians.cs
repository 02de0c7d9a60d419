namespace Llkd.Numerics;

/// <summary>
/// A mixture of two Gaussians on the line, fitted by expectation maximisation (Dempster, Laird and Rubin 1977) from the
/// smallest and the largest value as means. Deterministic.
/// </summary>
/// <param name="LowMean">The lower mean.</param>
/// <param name="LowVariance">Its component's variance.</param>
/// <param name="LowShare">Its component's share, in [0, 1].</param>
/// <param name="HighMean">The higher mean.</param>
/// <param name="HighVariance">Its component's variance.</param>
public readonly record struct TwoGaussians(double LowMean, double LowVariance, double LowShare, double HighMean, double HighVariance)
{
    private const int Iterations = 200;
    private const double Tolerance = 1e-9;

    /// <summary>Fits the mixture.</summary>
    /// <param name="values">Values, at least two of them different.</param>
    /// <param name="leastVariance">What every variance is raised by, so that no component shrinks to a point.</param>
    /// <exception cref="ArgumentException">All values are the same, or one is no finite number.</exception>
    public static TwoGaussians Fit(ReadOnlySpan<double> values, double leastVariance)
    {
        double low = double.PositiveInfinity, high = double.NegativeInfinity, sum = 0;
        foreach (double value in values)
        {
            if (!double.IsFinite(value)) throw new ArgumentException($"{value} is not a finite number.", nameof(values));
            (low, high, sum) = (Math.Min(low, value), Math.Max(high, value), sum + value);
        }
        if (!(high > low)) throw new ArgumentException("All values are the same.", nameof(values));
        double mean = sum / values.Length, squares = 0;
        foreach (double value in values) squares += (value - mean) * (value - mean);
        double variance = squares / values.Length + leastVariance;
        var mixture = new TwoGaussians(low, variance, 0.5, high, variance);
        double before = double.NegativeInfinity;
        for (int iteration = 0; iteration < Iterations; iteration++)
        {
            mixture = mixture.Step(values, leastVariance, out double likelihood);
            if (likelihood - before < Tolerance * Math.Abs(likelihood)) break;
            before = likelihood;
        }
        return mixture.LowMean <= mixture.HighMean ? mixture
            : new TwoGaussians(mixture.HighMean, mixture.HighVariance, 1 - mixture.LowShare, mixture.LowMean, mixture.LowVariance);
    }

    /// <summary>Probability that a value is from the component with the lower mean.</summary>
    public double Posterior(double value) => 1 / (1 + Math.Exp(LogHigh(value) - LogLow(value)));

    private TwoGaussians Step(ReadOnlySpan<double> values, double leastVariance, out double likelihood)
    {
        double n = 0, sum = 0, otherSum = 0;
        likelihood = 0;
        foreach (double value in values)
        {
            double a = LogLow(value), b = LogHigh(value), max = Math.Max(a, b);
            double r = 1 / (1 + Math.Exp(b - a));
            n += r;
            sum += r * value;
            otherSum += (1 - r) * value;
            likelihood += max + Math.Log(Math.Exp(a - max) + Math.Exp(b - max));
        }
        double other = values.Length - n;
        double mean = sum / Math.Max(n, 1e-10), otherMean = otherSum / Math.Max(other, 1e-10), squares = 0, otherSquares = 0;
        foreach (double value in values)
        {
            double r = Posterior(value);
            squares += r * (value - mean) * (value - mean);
            otherSquares += (1 - r) * (value - otherMean) * (value - otherMean);
        }
        return new TwoGaussians(
            mean, squares / Math.Max(n, 1e-10) + leastVariance, Math.Clamp(n / values.Length, 1e-10, 1 - 1e-10),
            otherMean, otherSquares / Math.Max(other, 1e-10) + leastVariance);
    }

    private double LogLow(double value) => Math.Log(LowShare) + LogDensity(value, LowMean, LowVariance);

    private double LogHigh(double value) => Math.Log(1 - LowShare) + LogDensity(value, HighMean, HighVariance);

    private static double LogDensity(double value, double mean, double variance) =>
        -0.5 * (Math.Log(2 * Math.PI * variance) + (value - mean) * (value - mean) / variance);
}
