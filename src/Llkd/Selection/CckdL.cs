using Llkd.Numerics;
using Llkd.Tasks;

namespace Llkd.Selection;

/// <summary>
/// CCKD_L (Mishra and Sundaram, "Confidence Conditioned Knowledge Distillation", arXiv 2107.06993): every sample, with the
/// loss L_i = c_i · KD(q_i, p_i) + (1 − c_i) · CE(ŷ_i, p_i). KD at temperature T is T² · CE(softmax(ln q / T), softmax(z / T))
/// (Hinton et al. 2015); T² keeps its gradient's size.
/// </summary>
public sealed class CckdL(CckdLOptions? options = null) : SelectionMethod
{
    private readonly double _temperature = (options ?? new CckdLOptions()).Temperature;
    private float[] _confidences = [];
    private int[] _labels = [];

    /// <inheritdoc/>
    public override bool NeedsStudentScores => false;

    /// <inheritdoc/>
    public override void Select(in ScoredBatch batch, BatchSelection selection)
    {
        ArgumentNullException.ThrowIfNull(selection);
        if (_labels.Length < batch.Count)
        {
            _labels = new int[batch.Count];
            _confidences = new float[batch.Count];
        }
        for (int i = 0; i < batch.Count; i++)
        {
            _labels[i] = batch.PseudoLabel(i);
            _confidences[i] = batch.TeacherConfidence(i);
            Soften(batch.TeacherDistribution(i), selection.Append(i, 1));
        }
    }

    /// <inheritdoc/>
    public override bool LossReadsSelectionAlone => false;

    /// <summary>The mean of L_i over the batch; dL_i/dz = c_i T (softmax(z/T) − q^T) + (1 − c_i)(softmax(z) − onehot(ŷ_i)).</summary>
    /// <param name="selection">What <see cref="Select"/> chose last: softened teacher distributions.</param>
    /// <param name="logits">z, row-major [selected, classes].</param>
    /// <param name="gradient">Receives dL/dz, row-major [selected, classes].</param>
    public override double Loss(BatchSelection selection, ReadOnlySpan<float> logits, Span<float> gradient)
    {
        ArgumentNullException.ThrowIfNull(selection);
        int classes = selection.ClassCount;
        double loss = 0, temperature = _temperature;
        for (int j = 0; j < selection.Count; j++)
        {
            ReadOnlySpan<float> z = logits.Slice(j * classes, classes);
            ReadOnlySpan<float> q = selection.Targets.Slice(j * classes, classes);
            Span<float> g = gradient.Slice(j * classes, classes);
            Softmax.Row(z, g);
            int label = _labels[selection.Positions[j]];
            double c = _confidences[selection.Positions[j]];
            double max = z[Softmax.ArgMax(z)], sum = 0, softSum = 0;
            foreach (float value in z)
            {
                sum += Math.Exp(value - max);
                softSum += Math.Exp((value - max) / temperature);
            }
            double logSum = Math.Log(sum), logSoftSum = Math.Log(softSum);
            loss -= (1 - c) * (z[label] - max - logSum);
            for (int k = 0; k < classes; k++)
            {
                double logSoft = (z[k] - max) / temperature - logSoftSum;
                loss -= c * temperature * temperature * q[k] * logSoft;
                double distilled = temperature * (Math.Exp(logSoft) - q[k]);
                double hard = g[k] - (k == label ? 1 : 0);
                g[k] = (float)((c * distilled + (1 - c) * hard) / selection.Count);
            }
        }
        return loss / Math.Max(1, selection.Count);
    }

    /// <summary>softmax(ln q / T) = q^(1/T), renormalised.</summary>
    private void Soften(ReadOnlySpan<float> distribution, Span<float> softened)
    {
        distribution.CopyTo(softened);
        if (_temperature == 1) return;
        double sum = 0;
        foreach (float q in distribution) sum += Math.Pow(q, 1 / _temperature);
        for (int k = 0; k < softened.Length; k++) softened[k] = (float)(Math.Pow(distribution[k], 1 / _temperature) / sum);
    }
}

/// <summary>Options of `cckd-l`.</summary>
public sealed record CckdLOptions
{
    /// <summary>T: above 1 softens both distributions of the distillation term. 1 is our choice.</summary>
    [Key("temperature", Minimum = 0.01, Maximum = 100)]
    public double Temperature { get; init; } = 1;
}
