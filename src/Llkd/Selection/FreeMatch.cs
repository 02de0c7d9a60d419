using Llkd.Numerics;
using Llkd.Tasks;

namespace Llkd.Selection;

/// <summary>
/// FreeMatch (Wang et al., ICLR 2023, arXiv 2205.07246): a sample is used iff max p_i ≥ τ_t(argmax p_i) with
/// τ_t(k) = a_t(k) / max_j a_t(j) · T_t, where T and a are moving averages of the batch's mean of max p and mean of p, from
/// 1/C. L = Σ_used CE(ŷ_i, p_i) / B, plus the weight times <see cref="Fairness"/>. The target is the teacher's ŷ; there are
/// no augmented views.
/// </summary>
public sealed class FreeMatch : SelectionMethod
{
    private readonly FreeMatchOptions _options;
    private readonly AdaptiveThresholds _thresholds;
    private readonly Fairness _fairness;
    private readonly double[] _mean;
    private readonly double[] _histogram;
    private readonly double[] _averageHistogram;
    private float[] _confidences = [];

    /// <summary>Creates the method in its start state.</summary>
    /// <param name="classCount">Number of classes C, at least 2.</param>
    /// <param name="options">Options; null is the defaults.</param>
    public FreeMatch(int classCount, FreeMatchOptions? options = null)
    {
        _options = options ?? new FreeMatchOptions();
        _thresholds = new AdaptiveThresholds(classCount, 1.0 / classCount, _options.Momentum, _options.ClassScaling);
        _fairness = new Fairness(classCount);
        _mean = new double[classCount];
        _histogram = new double[classCount];
        _averageHistogram = new double[classCount];
        Array.Fill(_averageHistogram, 1.0 / classCount);
    }

    /// <summary>τ(k) on the student's confidence, [classes], after the last batch.</summary>
    public ReadOnlySpan<float> ConfidenceThresholds => _thresholds.Thresholds;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double[]> State
    {
        get => new Dictionary<string, double[]> { ["thresholds"] = _thresholds.State, ["histogram"] = [.. _averageHistogram] };
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _thresholds.State = value["thresholds"];
            value["histogram"].CopyTo(_averageHistogram, 0);
        }
    }

    /// <inheritdoc/>
    public override void Select(in ScoredBatch batch, BatchSelection selection)
    {
        ArgumentNullException.ThrowIfNull(selection);
        int n = batch.Count;
        if (n == 0) return;
        if (_confidences.Length < n) _confidences = new float[n];
        Array.Clear(_mean);
        Array.Clear(_histogram);
        for (int i = 0; i < n; i++)
        {
            ReadOnlySpan<float> p = batch.StudentDistribution(i);
            int predicted = Softmax.ArgMax(p);
            _confidences[i] = p[predicted];
            _histogram[predicted] += 1.0 / n;
            for (int k = 0; k < p.Length; k++) _mean[k] += p[k] / (double)n;
        }
        _thresholds.Update(_confidences.AsSpan(0, n), _mean);
        for (int k = 0; k < _histogram.Length; k++)
            _averageHistogram[k] = _options.Momentum * _averageHistogram[k] + (1 - _options.Momentum) * _histogram[k];
        for (int i = 0; i < n; i++)
        {
            int predicted = Softmax.ArgMax(batch.StudentDistribution(i));
            if (!(_confidences[i] >= _thresholds.Thresholds[predicted])) continue;
            PseudoLabelTarget.Fill(_options.Target, batch.TeacherDistribution(i), batch.PseudoLabel(i), selection.Append(i, 1));
        }
        selection.Divisor = _options.Divisor == LossDivisor.Selected ? selection.Count : n;
    }

    /// <inheritdoc/>
    public override bool LossIsSumOverSamples => _options.Fairness == 0;

    /// <inheritdoc/>
    public override double Loss(BatchSelection selection, ReadOnlySpan<float> logits, Span<float> gradient)
    {
        double loss = CrossEntropy.Weighted(selection, logits, gradient);
        if (_options.Fairness == 0) return loss;
        double weight = _options.FairnessSign == FairnessSign.Published ? _options.Fairness : -_options.Fairness;
        return loss + weight * _fairness.Add(_thresholds.Classes, _averageHistogram, logits, gradient, weight);
    }
}

/// <summary>Options of `freematch`.</summary>
public sealed record FreeMatchOptions
{
    /// <summary>λ, the momentum of all moving averages. The paper's 0.999 is the default; compare at LLKD's own as well.</summary>
    [Key("momentum", Minimum = 0, Maximum = 0.999999)]
    public double Momentum { get; init; } = 0.999;

    /// <summary>How a class's threshold follows from the global one.</summary>
    [Key("classScaling")]
    public ClassScaling ClassScaling { get; init; } = ClassScaling.MaxNorm;

    /// <summary>Weight of the fairness term. 0, the default, leaves it out; the paper's own is 0.01.</summary>
    [Key("fairness", Minimum = 0)]
    public double Fairness { get; init; }

    /// <summary>Sign of the fairness term, which is disputed.</summary>
    [Key("fairnessSign")]
    public FairnessSign FairnessSign { get; init; } = FairnessSign.Published;

    /// <summary>What the sum of losses is divided by; the paper's is the batch.</summary>
    [Key("divideBy")]
    public LossDivisor Divisor { get; init; } = LossDivisor.Batch;

    /// <summary>What the student learns towards.</summary>
    [Key("target")]
    public TargetKind Target { get; init; } = TargetKind.Hard;
}

/// <summary>Sign of FreeMatch's fairness term.</summary>
public enum FairnessSign
{
    /// <summary>As in the paper and its code: the loss gets Σ m ln m̄ = −H(m, m̄), which drives the two distributions apart.</summary>
    Published,
    /// <summary>The loss gets +H(m, m̄), which draws the batch towards the average.</summary>
    Reversed,
}
