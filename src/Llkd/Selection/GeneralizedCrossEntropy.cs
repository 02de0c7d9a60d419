using Llkd.Numerics;
using Llkd.Tasks;

namespace Llkd.Selection;

/// <summary>
/// Generalised cross-entropy (Zhang and Sabuncu, NeurIPS 2018, arXiv 1805.07836): every sample, with the loss
/// L_i = (1 − p_i(ŷ_i)^q) / q, which is cross-entropy as q → 0 and 1 − p_i(ŷ_i), which bears wrong labels, at q = 1.
/// The paper's truncated variant is left out.
/// </summary>
public sealed class GeneralizedCrossEntropy(GeneralizedCrossEntropyOptions? options = null) : SelectionMethod
{
    private readonly double _q = (options ?? new GeneralizedCrossEntropyOptions()).Q;

    /// <inheritdoc/>
    public override bool NeedsStudentScores => false;

    /// <inheritdoc/>
    public override void Select(in ScoredBatch batch, BatchSelection selection)
    {
        ArgumentNullException.ThrowIfNull(selection);
        for (int i = 0; i < batch.Count; i++) selection.Add(i, 1, batch.PseudoLabel(i));
    }

    /// <summary>L = Σ_j weight_j (1 − p_j(ŷ_j)^q) / q / divisor; dL/dz_j = weight_j p_j(ŷ_j)^q (p_j − onehot(ŷ_j)) / divisor.</summary>
    /// <param name="selection">What <see cref="Select"/> chose: hard targets.</param>
    /// <param name="logits">z, row-major [selected, classes].</param>
    /// <param name="gradient">Receives dL/dz, row-major [selected, classes].</param>
    public override double Loss(BatchSelection selection, ReadOnlySpan<float> logits, Span<float> gradient)
    {
        ArgumentNullException.ThrowIfNull(selection);
        // Below this 1 − p^q is rounding noise; the limit is cross-entropy.
        if (_q < 1e-6) return CrossEntropy.Weighted(selection, logits, gradient);
        int classes = selection.ClassCount;
        double divisor = selection.Divisor > 0 ? selection.Divisor : Math.Max(1, selection.Count);
        double loss = 0;
        for (int j = 0; j < selection.Count; j++)
        {
            ReadOnlySpan<float> z = logits.Slice(j * classes, classes);
            Span<float> g = gradient.Slice(j * classes, classes);
            Softmax.Row(z, g);
            int label = Softmax.ArgMax(selection.Targets.Slice(j * classes, classes));
            double power = Math.Exp(_q * LogProbability(z, label));
            loss += selection.Weights[j] * (1 - power) / _q;
            float scale = (float)(selection.Weights[j] * power / divisor);
            g[label] -= 1;
            for (int k = 0; k < classes; k++) g[k] *= scale;
        }
        return loss / divisor;
    }

    private static double LogProbability(ReadOnlySpan<float> logits, int label)
    {
        double max = double.NegativeInfinity, sum = 0;
        foreach (float z in logits) max = Math.Max(max, z);
        foreach (float z in logits) sum += Math.Exp(z - max);
        return logits[label] - max - Math.Log(sum);
    }
}

/// <summary>Options of `gce`.</summary>
public sealed record GeneralizedCrossEntropyOptions
{
    /// <summary>q: 0 is cross-entropy, 1 is 1 − p. The paper's 0.7 is the default.</summary>
    [Key("q", Minimum = 0, Maximum = 1)]
    public double Q { get; init; } = 0.7;
}
