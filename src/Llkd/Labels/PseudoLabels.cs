namespace Llkd.Labels;

/// <summary>
/// The teacher's distributions over a pool, and what follows from them: pseudo-labels ŷ = argmax q and teacher
/// confidence c = max q (METHOD section 1).
/// </summary>
public sealed class PseudoLabels
{
    private readonly float[] _distributions;
    private readonly int[] _labels;
    private readonly float[] _confidences;

    /// <summary>Takes the distributions over; they are not copied.</summary>
    /// <param name="distributions">q, row-major [samples, classes]; every row sums to 1.</param>
    /// <param name="classCount">Number of classes, at least 2.</param>
    /// <exception cref="ArgumentException">The length is no multiple of the class count, or a value is not a probability.</exception>
    public PseudoLabels(float[] distributions, int classCount)
    {
        ArgumentNullException.ThrowIfNull(distributions);
        ArgumentOutOfRangeException.ThrowIfLessThan(classCount, 2);
        if (distributions.Length % classCount != 0)
            throw new ArgumentException("The length of the distributions is no multiple of the class count.", nameof(distributions));
        _distributions = distributions;
        ClassCount = classCount;
        _labels = new int[distributions.Length / classCount];
        _confidences = new float[_labels.Length];
        for (int i = 0; i < _labels.Length; i++)
        {
            ReadOnlySpan<float> row = distributions.AsSpan(i * classCount, classCount);
            int best = 0;
            for (int k = 0; k < row.Length; k++)
            {
                if (!(row[k] >= 0f && row[k] <= 1.0001f))
                    throw new ArgumentException($"Sample {i}, class {k}: {row[k]} is not a probability.", nameof(distributions));
                if (row[k] > row[best]) best = k;
            }
            _labels[i] = best;
            _confidences[i] = row[best];
        }
    }

    /// <summary>Number of samples.</summary>
    public int Count => _labels.Length;

    /// <summary>Number of classes C.</summary>
    public int ClassCount { get; }

    /// <summary>Pseudo-labels ŷ, [samples]; the lowest index wins a tie.</summary>
    public ReadOnlySpan<int> Labels => _labels;

    /// <summary>Teacher confidences c, [samples], in [1/C, 1].</summary>
    public ReadOnlySpan<float> Confidences => _confidences;

    /// <summary>The teacher's distribution of one sample, [classes].</summary>
    public ReadOnlySpan<float> Distribution(int sample) => _distributions.AsSpan(sample * ClassCount, ClassCount);

    /// <summary>All distributions, row-major [samples, classes].</summary>
    public ReadOnlySpan<float> Distributions => _distributions;
}
