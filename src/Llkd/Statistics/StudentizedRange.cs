namespace Llkd.Statistics;

/// <summary>
/// The range of k independent standard normal numbers, which is the studentised range at infinite degrees of freedom:
/// P(Q ≤ q) = k ∫ φ(z) [Φ(z) − Φ(z − q)]^(k−1) dz.
/// </summary>
public static class StudentizedRange
{
    // The integrand is smooth and vanishes at both ends, so that the trapezium rule converges faster than any power of the step.
    private const int Steps = 720;
    private const double Edge = 9;

    /// <summary>P(Q ≤ <paramref name="q"/>).</summary>
    /// <param name="q">The range, from 0.</param>
    /// <param name="groups">k, at least 2.</param>
    /// <returns>A probability; absolute error under 1e-9.</returns>
    public static double Cumulative(double q, int groups)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(groups, 2);
        if (!(q > 0)) return 0;
        double width = 2 * Edge + q, sum = 0;
        for (int i = 0; i <= Steps; i++)
        {
            double z = -Edge + width * i / Steps;
            sum += Distributions.NormalDensity(z) * Math.Pow(Distributions.Normal(z) - Distributions.Normal(z - q), groups - 1);
        }
        return Math.Clamp(groups * sum * width / Steps, 0, 1);
    }

    /// <summary>The value that the range exceeds with probability <paramref name="alpha"/>.</summary>
    /// <param name="alpha">In (0, 1).</param>
    /// <param name="groups">k, at least 2.</param>
    /// <returns>The critical value, to 1e-7.</returns>
    public static double Critical(double alpha, int groups)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(alpha, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(alpha, 1);
        double low = 0, high = 1;
        while (Cumulative(high, groups) < 1 - alpha) high *= 2;
        while (high - low > 1e-8)
        {
            double middle = (low + high) / 2;
            if (Cumulative(middle, groups) < 1 - alpha) low = middle;
            else high = middle;
        }
        return (low + high) / 2;
    }
}
