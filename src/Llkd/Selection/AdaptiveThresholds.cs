namespace Llkd.Selection;

/// <summary>How a class's own threshold follows from the global one.</summary>
public enum ClassScaling
{
    /// <summary>τ(k) = a(k) / max_j a(j) · T.</summary>
    MaxNorm,
    /// <summary>τ(k) = T: one threshold for all classes.</summary>
    None,
}

/// <summary>
/// Self-adaptive thresholds in the form of FreeMatch (Wang et al., ICLR 2023, arXiv 2205.07246): a global level T and a
/// level a(k) for each class, both exponential moving averages with momentum λ, and τ(k) = a(k) / max_j a(j) · T.
/// </summary>
public sealed class AdaptiveThresholds
{
    private readonly double[] _classes;
    private readonly double[] _sums;
    private readonly int[] _counts;
    private readonly float[] _thresholds;
    private readonly double _momentum;
    private readonly ClassScaling _scaling;
    private double _global;

    /// <summary>Starts the averages.</summary>
    /// <param name="classCount">Number of classes C, at least 2.</param>
    /// <param name="start">T_0 and a_0(k): 1/C for confidences, 1 for uncertainties.</param>
    /// <param name="momentum">λ, in [0, 1).</param>
    /// <param name="scaling">How τ(k) follows from T.</param>
    public AdaptiveThresholds(int classCount, double start, double momentum, ClassScaling scaling)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classCount, 2);
        ArgumentOutOfRangeException.ThrowIfNegative(momentum);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(momentum, 1);
        _momentum = momentum;
        _scaling = scaling;
        _global = start;
        _classes = new double[classCount];
        _sums = new double[classCount];
        _counts = new int[classCount];
        _thresholds = new float[classCount];
        Array.Fill(_classes, start);
        Rescale();
    }

    /// <summary>τ(k), [classes].</summary>
    public ReadOnlySpan<float> Thresholds => _thresholds;

    /// <summary>T.</summary>
    public double Global => _global;

    /// <summary>a(k), [classes].</summary>
    public ReadOnlySpan<double> Classes => _classes;

    /// <summary>T and a(k), for a checkpoint: [1 + classes].</summary>
    public double[] State
    {
        get => [_global, .. _classes];
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.Length != _classes.Length + 1)
                throw new ArgumentException($"{value.Length} numbers are no state of thresholds over {_classes.Length} classes.", nameof(value));
            _global = value[0];
            value.AsSpan(1).CopyTo(_classes);
            Rescale();
        }
    }

    /// <summary>T ← λT + (1−λ) mean(values); a(k) ← λa(k) + (1−λ) mean of the batch's distributions at k.</summary>
    /// <param name="values">A value a sample, [batch], at least one.</param>
    /// <param name="distributionMeans">Mean distribution of the batch, [classes].</param>
    public void Update(ReadOnlySpan<float> values, ReadOnlySpan<double> distributionMeans)
    {
        UpdateGlobal(values);
        for (int k = 0; k < _classes.Length; k++) Average(ref _classes[k], distributionMeans[k]);
        Rescale();
    }

    /// <summary>
    /// T ← λT + (1−λ) mean(values); a(k) ← λa(k) + (1−λ) mean of the values whose label is k, unchanged where the
    /// batch has none.
    /// </summary>
    /// <param name="values">A value a sample, [batch], at least one.</param>
    /// <param name="labels">The samples' classes, [batch].</param>
    public void UpdateByLabel(ReadOnlySpan<float> values, ReadOnlySpan<int> labels)
    {
        UpdateGlobal(values);
        Array.Clear(_sums);
        Array.Clear(_counts);
        for (int i = 0; i < values.Length; i++)
        {
            _sums[labels[i]] += values[i];
            _counts[labels[i]]++;
        }
        for (int k = 0; k < _classes.Length; k++)
            if (_counts[k] > 0) Average(ref _classes[k], _sums[k] / _counts[k]);
        Rescale();
    }

    private void UpdateGlobal(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values) sum += value;
        Average(ref _global, sum / values.Length);
    }

    private void Average(ref double average, double value) => average = _momentum * average + (1 - _momentum) * value;

    private void Rescale()
    {
        double max = 0;
        foreach (double level in _classes) max = Math.Max(max, level);
        for (int k = 0; k < _thresholds.Length; k++)
        {
            // All class levels at zero: the student is certain of everything, so there is one threshold, the global one.
            double scale = _scaling == ClassScaling.MaxNorm && max > 0 ? _classes[k] / max : 1;
            _thresholds[k] = (float)(scale * _global);
        }
    }
}
