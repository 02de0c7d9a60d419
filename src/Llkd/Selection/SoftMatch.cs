using Llkd.Tasks;

namespace Llkd.Selection;

/// <summary>
/// SoftMatch (Chen et al., ICLR 2023, arXiv 2301.10921): every sample, weighted by a truncated Gaussian of the student's
/// confidence, w_i = exp(−min(m_i − μ, 0)² / (2σ² / n²)). m_i = max p'_i, where p'_i is p_i divided by the moving average
/// of mean p and renormalised (uniform alignment); μ and σ² are moving averages of the batch's mean and unbiased variance
/// of m, from 1/C and 1. L = Σ_i w_i · CE(ŷ_i, p_i) / B. ŷ is the teacher's; there are no augmented views.
/// </summary>
public sealed class SoftMatch : SelectionMethod
{
    private readonly SoftMatchOptions _options;
    private readonly double[] _average;
    private double _mean;
    private double _variance = 1;
    private bool _started;
    private double[] _confidences = [];

    /// <summary>Creates the method in its start state.</summary>
    /// <param name="classCount">Number of classes C, at least 2.</param>
    /// <param name="options">Options; null is the defaults.</param>
    public SoftMatch(int classCount, SoftMatchOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classCount, 2);
        _options = options ?? new SoftMatchOptions();
        _mean = 1.0 / classCount;
        _average = new double[classCount];
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double[]> State
    {
        get => new Dictionary<string, double[]>
        {
            ["gaussian"] = [_mean, _variance],
            ["average"] = _started ? [.. _average] : [],
        };
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            double[] average = value["average"];
            if (average.Length != 0 && average.Length != _average.Length)
                throw new ArgumentException($"The state is over {average.Length} classes, not {_average.Length}.", nameof(value));
            (_mean, _variance) = (value["gaussian"][0], value["gaussian"][1]);
            _started = average.Length > 0;
            average.CopyTo(_average, 0);
        }
    }

    /// <inheritdoc/>
    public override void Select(in ScoredBatch batch, BatchSelection selection)
    {
        ArgumentNullException.ThrowIfNull(selection);
        int n = batch.Count;
        if (n == 0) return;
        if (_confidences.Length < n) _confidences = new double[n];
        if (_options.Alignment) UpdateAverage(batch);
        double sum = 0;
        for (int i = 0; i < n; i++) sum += _confidences[i] = Confidence(batch.StudentDistribution(i));
        double mean = sum / n, squares = 0;
        for (int i = 0; i < n; i++) squares += (_confidences[i] - mean) * (_confidences[i] - mean);
        double momentum = _options.Momentum;
        _mean = momentum * _mean + (1 - momentum) * mean;
        // One sample has no variance.
        if (n > 1) _variance = momentum * _variance + (1 - momentum) * squares / (n - 1);

        double width = 2 * Math.Max(_variance, 1e-12) / (_options.Sigmas * _options.Sigmas);
        for (int i = 0; i < n; i++)
        {
            double below = Math.Min(_confidences[i] - _mean, 0);
            float weight = (float)Math.Exp(-below * below / width);
            PseudoLabelTarget.Fill(_options.Target, batch.TeacherDistribution(i), batch.PseudoLabel(i), selection.Append(i, weight));
        }
        selection.Divisor = n;
    }

    /// <summary>The moving average of mean p; its first value is the first batch's mean.</summary>
    private void UpdateAverage(in ScoredBatch batch)
    {
        double momentum = _started ? _options.Momentum : 0;
        _started = true;
        for (int k = 0; k < _average.Length; k++)
        {
            double sum = 0;
            for (int i = 0; i < batch.Count; i++) sum += batch.StudentDistribution(i)[k];
            _average[k] = momentum * _average[k] + (1 - momentum) * sum / batch.Count;
        }
    }

    /// <summary>max p', where p'_k is p_k times uniform over average, renormalised; the uniform one cancels.</summary>
    private double Confidence(ReadOnlySpan<float> distribution)
    {
        double largest = 0, sum = 0;
        for (int k = 0; k < distribution.Length; k++)
        {
            // Where the average is 0, p has never been anything else.
            double aligned = !_options.Alignment ? distribution[k] : _average[k] > 0 ? distribution[k] / _average[k] : 0;
            largest = Math.Max(largest, aligned);
            sum += aligned;
        }
        return largest / sum;
    }
}

/// <summary>Options of `softmatch`.</summary>
public sealed record SoftMatchOptions
{
    /// <summary>Momentum of all moving averages. The paper's 0.999 is the default.</summary>
    [Key("momentum", Minimum = 0, Maximum = 0.999999)]
    public double Momentum { get; init; } = 0.999;

    /// <summary>n, how many standard deviations below the mean count as two: the weight there is exp(−2). The paper's 2 is the default.</summary>
    [Key("sigmas", Minimum = 0.001)]
    public double Sigmas { get; init; } = 2;

    /// <summary>Whether p is aligned with the uniform distribution before its largest value is taken.</summary>
    [Key("alignment")]
    public bool Alignment { get; init; } = true;

    /// <summary>What the student learns towards.</summary>
    [Key("target")]
    public TargetKind Target { get; init; } = TargetKind.Hard;
}
