using Llkd.Numerics;
using Llkd.Tasks;

namespace Llkd.Selection;

/// <summary>
/// The small-loss selection of FreeAL (Xiao et al., "FreeAL: Towards Human-Free Active Learning in the Era of Large Language
/// Models", EMNLP 2023, arXiv 2311.15614; as in DivideMix, arXiv 2002.07394): after some epochs on everything, fit before
/// each epoch a mixture of two Gaussians to the losses ℓ_i = −ln p_i(ŷ_i) over the pool, scaled to [0, 1], and use i iff the
/// component with the lower mean has at least the `threshold` of its posterior. FreeAL's mix-up, its consistency loss on
/// the rest and its second labelling by the LLM are left out.
/// </summary>
public sealed class FreeAl(FreeAlOptions? options = null) : SelectionMethod
{
    /// <summary>As in DivideMix: what the variances are raised by.</summary>
    private const double LeastVariance = 5e-4;

    private readonly FreeAlOptions _options = options ?? new FreeAlOptions();

    /// <summary>Samples that do not count as clean, ascending.</summary>
    private int[] _noisy = [];

    /// <inheritdoc/>
    public override bool NeedsStudentScores => false;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double[]> State
    {
        get => new Dictionary<string, double[]> { ["noisy"] = Array.ConvertAll(_noisy, sample => (double)sample) };
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _noisy = Array.ConvertAll(value["noisy"], sample => (int)sample);
        }
    }

    /// <inheritdoc/>
    public override bool NeedsPoolScores(int epoch) => epoch >= _options.WarmUp;

    /// <inheritdoc/>
    public override void BeginEpoch(in EpochContext epoch)
    {
        _noisy = [];
        var losses = new double[epoch.Samples.Length];
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        for (int i = 0; i < losses.Length; i++)
        {
            float p = epoch.StudentDistribution(i)[epoch.Labels.Labels[epoch.Samples[i]]];
            losses[i] = -Math.Log(Math.Max(p, float.Epsilon));
            (low, high) = (Math.Min(low, losses[i]), Math.Max(high, losses[i]));
        }
        if (!(high - low > 1e-9))
        {
            AddNote($"`{Name}`: before epoch {epoch.Epoch + 1} all losses were the same, so every sample of the epoch was used.");
            return;
        }
        for (int i = 0; i < losses.Length; i++) losses[i] = (losses[i] - low) / (high - low);
        TwoGaussians mixture = TwoGaussians.Fit(losses, LeastVariance);
        var noisy = new List<int>();
        for (int i = 0; i < losses.Length; i++)
        {
            // A wide component also claims the far end of the other: no loss over the higher mean is small, and none below the
            // lower mean is less so than one at it.
            if (losses[i] >= mixture.HighMean || mixture.Posterior(Math.Max(losses[i], mixture.LowMean)) < _options.Threshold)
                noisy.Add(epoch.Samples[i]);
        }
        if (noisy.Count < losses.Length) _noisy = [.. noisy];
        else AddNote($"`{Name}`: before epoch {epoch.Epoch + 1} no loss was small, so every sample of the epoch was used.");
    }

    /// <inheritdoc/>
    public override void Select(in ScoredBatch batch, BatchSelection selection)
    {
        ArgumentNullException.ThrowIfNull(selection);
        for (int i = 0; i < batch.Count; i++)
            if (Array.BinarySearch(_noisy, batch.Samples[i]) < 0) selection.Add(i, 1, batch.PseudoLabel(i));
    }
}

/// <summary>Options of `freeal`.</summary>
public sealed record FreeAlOptions
{
    /// <summary>Epochs on every sample before the first selection.</summary>
    [Key("warmUp", Minimum = 0)]
    public int WarmUp { get; init; } = 1;

    /// <summary>Least probability of a small loss. 0.5 is our choice.</summary>
    [Key("threshold", Minimum = 0, Maximum = 1)]
    public double Threshold { get; init; } = 0.5;
}
