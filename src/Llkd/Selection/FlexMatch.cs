using Llkd.Numerics;
using Llkd.Tasks;

namespace Llkd.Selection;

/// <summary>
/// FlexMatch (Zhang et al., NeurIPS 2021, arXiv 2110.08263), curriculum thresholds: a sample is used iff
/// max p_i ≥ τ · M(β(argmax p_i)), M(x) = x / (2 − x). β(k) = σ(k) / max(max_j σ(j), samples without a class), where σ(k)
/// counts the samples whose last prediction with max p ≥ τ was k; the counts follow each batch after it was chosen from.
/// The target is the teacher's ŷ.
/// </summary>
public sealed class FlexMatch : SelectionMethod
{
    private readonly FlexMatchOptions _options;
    private readonly int[] _counts;
    private int[] _predictions = [];
    private int _samples;

    /// <summary>Creates the method in its start state.</summary>
    /// <param name="classCount">Number of classes C, at least 2.</param>
    /// <param name="options">Options; null is the defaults.</param>
    public FlexMatch(int classCount, FlexMatchOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classCount, 2);
        _options = options ?? new FlexMatchOptions();
        _counts = new int[classCount];
    }

    /// <summary>The last confident prediction of each sample, 1 more than the class, 0 for none, [pool]; and the number of samples.</summary>
    public override IReadOnlyDictionary<string, double[]> State
    {
        get => new Dictionary<string, double[]>
        {
            ["predictions"] = Array.ConvertAll(_predictions, label => (double)label),
            ["samples"] = [_samples],
        };
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value["predictions"].Any(label => label > _counts.Length))
                throw new ArgumentException($"The state is over more than {_counts.Length} classes.", nameof(value));
            _predictions = Array.ConvertAll(value["predictions"], label => (int)label);
            _samples = (int)value["samples"][0];
            Array.Clear(_counts);
            foreach (int label in _predictions)
                if (label > 0) _counts[label - 1]++;
        }
    }

    /// <summary>Keeps everything; it learns how many samples there are.</summary>
    /// <param name="pool">The pool.</param>
    /// <returns>Null.</returns>
    public override int[]? FilterPool(PoolContext pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        _samples = pool.Samples.Length;
        return null;
    }

    /// <inheritdoc/>
    public override void Select(in ScoredBatch batch, BatchSelection selection)
    {
        ArgumentNullException.ThrowIfNull(selection);
        if (_predictions.Length < batch.Labels.Count) Array.Resize(ref _predictions, batch.Labels.Count);
        if (_samples == 0) _samples = batch.Labels.Count;
        int used = 0, most = 0;
        foreach (int count in _counts) (used, most) = (used + count, Math.Max(most, count));
        int largest = Math.Max(most, _options.WarmUp ? Math.Max(0, _samples - used) : 0);
        for (int i = 0; i < batch.Count; i++)
        {
            ReadOnlySpan<float> p = batch.StudentDistribution(i);
            int predicted = Softmax.ArgMax(p);
            double progress = largest == 0 ? 0 : (double)_counts[predicted] / largest;
            if (!(p[predicted] >= _options.Threshold * progress / (2 - progress))) continue;
            PseudoLabelTarget.Fill(_options.Target, batch.TeacherDistribution(i), batch.PseudoLabel(i), selection.Append(i, 1));
        }
        selection.Divisor = batch.Count;
        for (int i = 0; i < batch.Count; i++) Remember(batch.Samples[i], batch.StudentDistribution(i));
    }

    private void Remember(int sample, ReadOnlySpan<float> p)
    {
        int predicted = Softmax.ArgMax(p);
        if (!(p[predicted] >= _options.Threshold)) return;
        ref int last = ref _predictions[sample];
        if (last > 0) _counts[last - 1]--;
        last = predicted + 1;
        _counts[predicted]++;
    }
}

/// <summary>Options of `flexmatch`.</summary>
public sealed record FlexMatchOptions
{
    /// <summary>τ, the threshold of a class that is learned best. The paper's 0.95 is the default.</summary>
    [Key("threshold", Minimum = 0, Maximum = 1)]
    public double Threshold { get; init; } = 0.95;

    /// <summary>Whether samples without a confident prediction yet hold the thresholds down.</summary>
    [Key("warmUp")]
    public bool WarmUp { get; init; } = true;

    /// <summary>What the student learns towards.</summary>
    [Key("target")]
    public TargetKind Target { get; init; } = TargetKind.Hard;
}
