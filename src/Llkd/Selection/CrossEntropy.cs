using Llkd.Numerics;

namespace Llkd.Selection;

/// <summary>Cross-entropy against target distributions, with its gradient.</summary>
public static class CrossEntropy
{
    /// <summary>
    /// L = Σ_j w_j · CE(t_j, p_j) / d with p = softmax(z), CE(t, p) = −Σ_k t_k ln p_k;
    /// dL/dz_j = w_j (p_j Σ_k t_jk − t_j) / d.
    /// </summary>
    /// <param name="selection">Weights w, targets t and divisor d.</param>
    /// <param name="logits">z, row-major [selected, classes].</param>
    /// <param name="gradient">Receives dL/dz, row-major [selected, classes].</param>
    /// <returns>L.</returns>
    public static double Weighted(BatchSelection selection, ReadOnlySpan<float> logits, Span<float> gradient)
    {
        ArgumentNullException.ThrowIfNull(selection);
        int classes = selection.ClassCount;
        double divisor = selection.Divisor > 0 ? selection.Divisor : Math.Max(1, selection.Count);
        double loss = 0;
        for (int j = 0; j < selection.Count; j++)
        {
            ReadOnlySpan<float> z = logits.Slice(j * classes, classes);
            ReadOnlySpan<float> t = selection.Targets.Slice(j * classes, classes);
            Span<float> g = gradient.Slice(j * classes, classes);
            Softmax.Row(z, g);
            float max = z[0];
            foreach (float value in z) max = MathF.Max(max, value);
            double sum = 0;
            foreach (float value in z) sum += Math.Exp(value - max);
            double logSum = max + Math.Log(sum);
            float mass = 0;
            double crossEntropy = 0;
            for (int k = 0; k < classes; k++)
            {
                mass += t[k];
                if (t[k] != 0) crossEntropy -= t[k] * (z[k] - logSum);
            }
            float scale = (float)(selection.Weights[j] / divisor);
            for (int k = 0; k < classes; k++) g[k] = scale * (g[k] * mass - t[k]);
            loss += selection.Weights[j] * crossEntropy;
        }
        return loss / divisor;
    }
}
