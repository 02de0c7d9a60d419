namespace Llkd.Numerics;

/// <summary>Softmax and what is read off a distribution.</summary>
public static class Softmax
{
    /// <summary>p = softmax(z), row by row; source and destination may be the same span.</summary>
    /// <param name="logits">z, row-major [samples, classes].</param>
    /// <param name="probabilities">Receives p, [samples, classes].</param>
    /// <param name="classCount">Number of classes.</param>
    /// <exception cref="RunFailedException">A logit is NaN or infinite: the student has diverged.</exception>
    public static void Rows(ReadOnlySpan<float> logits, Span<float> probabilities, int classCount)
    {
        for (int start = 0; start < logits.Length; start += classCount)
            Row(logits.Slice(start, classCount), probabilities.Slice(start, classCount));
    }

    /// <summary>p = softmax(z) of one sample.</summary>
    /// <param name="logits">z, [classes].</param>
    /// <param name="probabilities">Receives p, [classes].</param>
    /// <exception cref="RunFailedException">A logit is NaN or infinite: the student has diverged.</exception>
    public static void Row(ReadOnlySpan<float> logits, Span<float> probabilities)
    {
        float max = float.NegativeInfinity;
        foreach (float z in logits)
        {
            if (!float.IsFinite(z))
                throw new RunFailedException(
                    "The student diverged: its output is not a finite number. Lower training.learningRate, or raise training.warmup.");
            max = MathF.Max(max, z);
        }
        float sum = 0;
        for (int k = 0; k < logits.Length; k++) sum += probabilities[k] = MathF.Exp(logits[k] - max);
        float scale = 1 / sum;
        for (int k = 0; k < logits.Length; k++) probabilities[k] *= scale;
    }

    /// <summary>Index of the largest value; the lowest index wins a tie.</summary>
    public static int ArgMax(ReadOnlySpan<float> values)
    {
        int best = 0;
        for (int k = 1; k < values.Length; k++)
            if (values[k] > values[best]) best = k;
        return best;
    }
}
