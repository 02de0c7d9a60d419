namespace Llkd.Students.Tests.Ngram;

/// <summary>
/// The n-gram network's formulas in double precision over dense matrices, with dropout masks on x and on relu's output
/// where they are given, [texts][hidden]:
/// z = W₂ᵀ relu(W₁ᵀ x + b₁) + b₂, x the mean of the embedding rows, L the mean cross-entropy against labels.
/// Weights: embeddings [rows, hidden], W₁ [hidden, hidden], b₁ [hidden], W₂ [hidden, classes], b₂ [classes], each flat.
/// </summary>
internal sealed class SlowNetwork(int hidden, int classes, double[][] weights, double[][]? pooledMasks = null, double[][]? hiddenMasks = null)
{
    public double[][] Weights { get; } = weights;

    public double[] Logits(int[] ids, int text = 0)
    {
        (double[] e, double[] w1, double[] b1, double[] w2, double[] b2) = (Weights[0], Weights[1], Weights[2], Weights[3], Weights[4]);
        var x = new double[hidden];
        for (int i = 0; i < hidden && ids.Length > 0; i++) x[i] = ids.Average(row => e[row * hidden + i]) * (pooledMasks?[text][i] ?? 1);
        var h = new double[hidden];
        for (int j = 0; j < hidden; j++)
            h[j] = Math.Max(0, b1[j] + Enumerable.Range(0, hidden).Sum(i => x[i] * w1[i * hidden + j])) * (hiddenMasks?[text][j] ?? 1);
        return [.. Enumerable.Range(0, classes).Select(k => b2[k] + Enumerable.Range(0, hidden).Sum(j => h[j] * w2[j * classes + k]))];
    }

    public double Loss(int[][] texts, int[] labels) => texts.Select((ids, i) =>
    {
        double[] z = Logits(ids, i);
        return Math.Log(z.Sum(Math.Exp)) - z[labels[i]];
    }).Average();

    /// <summary>dL/dw of every weight by central differences.</summary>
    public double[][] Gradient(int[][] texts, int[] labels)
    {
        const double H = 1e-6;
        return [.. Weights.Select(w =>
        {
            var gradient = new double[w.Length];
            for (int i = 0; i < w.Length; i++)
            {
                double kept = w[i];
                w[i] = kept + H;
                double up = Loss(texts, labels);
                w[i] = kept - H;
                double down = Loss(texts, labels);
                w[i] = kept;
                gradient[i] = (up - down) / (2 * H);
            }
            return gradient;
        })];
    }
}
