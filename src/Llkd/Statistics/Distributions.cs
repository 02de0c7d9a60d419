namespace Llkd.Statistics;

/// <summary>Distribution functions that the tests of a comparison need; absolute error under 1e-12.</summary>
internal static class Distributions
{
    /// <summary>Density of the standard normal distribution.</summary>
    public static double NormalDensity(double x) => Math.Exp(-0.5 * x * x) / Math.Sqrt(2 * Math.PI);

    /// <summary>P(Z ≤ x) of the standard normal distribution, by its Taylor series (Marsaglia 2004).</summary>
    public static double Normal(double x)
    {
        if (x < -9) return 0;
        if (x > 9) return 1;
        double sum = x, term = x;
        for (int i = 3; sum + term != sum; i += 2)
        {
            term *= x * x / i;
            sum += term;
        }
        return Math.Clamp(0.5 + sum * NormalDensity(x), 0, 1);
    }

    /// <summary>P(X &gt; x) of the χ² distribution with <paramref name="degrees"/> degrees of freedom.</summary>
    public static double ChiSquareUpper(double x, double degrees)
    {
        if (!(x > 0)) return 1;
        double a = degrees / 2, y = x / 2;
        double scale = Math.Exp(a * Math.Log(y) - y - LogGamma(a));
        if (y < a + 1)
        {
            double term = 1 / a, sum = term;
            for (double n = a + 1; term > sum * 1e-16; n++)
                sum += term *= y / n;
            return Math.Clamp(1 - sum * scale, 0, 1);
        }
        // Lentz's way through the continued fraction (Numerical Recipes, 6.2).
        double b = y + 1 - a, c = 1e300, d = 1 / b, h = d;
        for (int i = 1; i < 10_000; i++)
        {
            double an = -i * (i - a);
            b += 2;
            d = 1 / NotZero(an * d + b);
            c = NotZero(b + an / c);
            h *= d * c;
            if (Math.Abs(d * c - 1) < 1e-16) break;
        }
        return Math.Clamp(h * scale, 0, 1);
    }

    /// <summary>P(X &gt; x) of the F distribution.</summary>
    public static double FUpper(double x, double upper, double lower)
    {
        if (!(x > 0)) return 1;
        return double.IsPositiveInfinity(x) ? 0 : IncompleteBeta(lower / (lower + upper * x), lower / 2, upper / 2);
    }

    /// <summary>The regularised incomplete beta function I_x(a, b).</summary>
    internal static double IncompleteBeta(double x, double a, double b)
    {
        if (x <= 0) return 0;
        if (x >= 1) return 1;
        double scale = Math.Exp(LogGamma(a + b) - LogGamma(a) - LogGamma(b) + a * Math.Log(x) + b * Math.Log(1 - x));
        return Math.Clamp(x < (a + 1) / (a + b + 2) ? scale * BetaFraction(x, a, b) / a : 1 - scale * BetaFraction(1 - x, b, a) / b, 0, 1);
    }

    private static double BetaFraction(double x, double a, double b)
    {
        double c = 1, d = 1 / NotZero(1 - (a + b) * x / (a + 1)), h = d;
        for (int m = 1; m < 10_000; m++)
        {
            double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            d = 1 / NotZero(1 + even * d);
            c = NotZero(1 + even / c);
            h *= d * c;
            double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
            d = 1 / NotZero(1 + odd * d);
            c = NotZero(1 + odd / c);
            h *= d * c;
            if (Math.Abs(d * c - 1) < 1e-16) break;
        }
        return h;
    }

    /// <summary>ln Γ(x), x &gt; 0: Stirling's series after moving the argument up.</summary>
    internal static double LogGamma(double x)
    {
        double shift = 0;
        for (; x < 12; x++) shift += Math.Log(x);
        double r = 1 / (x * x);
        double series = (1.0 / 12 - r * (1.0 / 360 - r * (1.0 / 1260 - r * (1.0 / 1680 - r / 1188)))) / x;
        return (x - 0.5) * Math.Log(x) - x + 0.5 * Math.Log(2 * Math.PI) + series - shift;
    }

    private static double NotZero(double value) => Math.Abs(value) < 1e-300 ? 1e-300 : value;
}
