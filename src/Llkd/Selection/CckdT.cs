using Llkd.Numerics;
using Llkd.Tasks;

namespace Llkd.Selection;

/// <summary>
/// CCKD_T+Reg (Mishra and Sundaram, "Confidence Conditioned Knowledge Distillation", arXiv 2107.06993): the target is
/// c_i q_i + (1 − c_i) onehot(ŷ_i), the more the teacher's distribution the surer it is; at epoch n, from 0, a sample is
/// used iff argmax p_i ≠ ŷ_i or the two largest of p_i differ by less than η_n = 1 − exp(−αn).
/// </summary>
public sealed class CckdT(CckdTOptions? options = null) : SelectionMethod
{
    private readonly CckdTOptions _options = options ?? new CckdTOptions();

    /// <inheritdoc/>
    public override bool NeedsStudentScores => _options.Regularized;

    /// <inheritdoc/>
    public override void Select(in ScoredBatch batch, BatchSelection selection)
    {
        ArgumentNullException.ThrowIfNull(selection);
        double threshold = 1 - Math.Exp(-_options.Alpha * batch.Epoch);
        for (int i = 0; i < batch.Count; i++)
        {
            int label = batch.PseudoLabel(i);
            if (_options.Regularized && IsLearned(batch.StudentDistribution(i), label, threshold)) continue;
            float confidence = batch.TeacherConfidence(i);
            ReadOnlySpan<float> q = batch.TeacherDistribution(i);
            Span<float> target = selection.Append(i, 1);
            for (int k = 0; k < q.Length; k++) target[k] = confidence * q[k];
            target[label] += 1 - confidence;
        }
    }

    private static bool IsLearned(ReadOnlySpan<float> p, int label, double threshold) =>
        Softmax.ArgMax(p) == label && 1 - Uncertainty.Of(UncertaintyMeasure.Margin, p) >= threshold;
}

/// <summary>Options of `cckd-t-reg`.</summary>
public sealed record CckdTOptions
{
    /// <summary>α: how fast the margin grows that a sample must have to be left out.</summary>
    [Key("alpha", Minimum = 0)]
    public double Alpha { get; init; } = 0.1;

    /// <summary>Whether learned samples are left out, which is "+Reg"; without it every sample is used and the student is not scored.</summary>
    [Key("regularized")]
    public bool Regularized { get; init; } = true;
}
