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
        UncertaintyMeasure.Margin => Top(distribution) is var (first, second) ? 1 - (first - second) : 0,
        _ => throw new ArgumentOutOfRangeException(nameof(measure)),
    };

    private static float Entropy(ReadOnlySpan<float> distribution)
    {
        float sum = 0;
        foreach (float p in distribution)
            if (p > 0) sum -= p * MathF.Log(p);
        // Rounding may leave a hair above 1 for a uniform distribution.
        return Math.Clamp(sum / MathF.Log(distribution.Length), 0f, 1f);
    }

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
