namespace Llkd.Selection;

/// <summary>Measures of the student's uncertainty u about a sample, from its distribution p.</summary>
public enum UncertaintyMeasure
{
    /// <summary>u = −Σ_k p_k ln p_k / ln C, in [0, 1].</summary>
    Entropy,
    /// <summary>u = 1 − max p, in [0, 1 − 1/C].</summary>
    LeastConfidence,
    /// <summary>u = 1 − (p₍₁₎ − p₍₂₎), in [0, 1].</summary>
    Margin,
}

/// <summary>Computes student uncertainty (METHOD section 1).</summary>
public static class Uncertainty
{
    /// <summary>u of one sample.</summary>
    /// <param name="measure">Which measure.</param>
    /// <param name="distribution">p, [classes], summing to 1.</param>
    public static float Of(UncertaintyMeasure measure, ReadOnlySpan<float> distribution) => measure switch
    {
        UncertaintyMeasure.Entropy => Entropy(distribution),
        UncertaintyMeasure.LeastConfidence => 1 - Top(distribution).First,
        UncertaintyMeasure.Margin => Margin(Top(distribution)),
        _ => throw new ArgumentOutOfRangeException(nameof(measure)),
    };

    private static float Entropy(ReadOnlySpan<float> distribution)
    {
        // Summed in double precision: a hundred classes' worth of rounding would be larger than the differences that
        // thresholds are about while the student is near uniform.
        double sum = 0;
        foreach (float p in distribution)
            if (p > 0) sum -= p * (double)MathF.Log(p);
        // Rounding may leave a hair above 1 for a uniform distribution.
        return (float)Math.Clamp(sum / Math.Log(distribution.Length), 0, 1);
    }

    private static float Margin((float First, float Second) top) => 1 - (top.First - top.Second);

    private static (float First, float Second) Top(ReadOnlySpan<float> distribution)
    {
        float first = float.NegativeInfinity, second = float.NegativeInfinity;
        foreach (float p in distribution)
        {
            if (p > first) (first, second) = (p, first);
            else if (p > second) second = p;
        }
        return (first, second);
    }
}
