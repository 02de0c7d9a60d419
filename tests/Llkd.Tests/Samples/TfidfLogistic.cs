namespace Llkd.Tests.Samples;

/// <summary>
/// TF-IDF and multinomial logistic regression: the measuring stick, written apart from the product and used as an oracle.
/// Minimises Σ −ln p(y_i | x_i) + l2 / 2 · ‖W‖² over all samples at once (biases are not penalised) by L-BFGS
/// (Nocedal 1980); no randomness, so the same input gives the same weights.
/// </summary>
internal sealed class TfidfLogistic
{
    private readonly Tfidf _features;
    private readonly double[] _weights;

    private TfidfLogistic(Tfidf features, double[] weights, int classCount, double gradientNorm) =>
        (_features, _weights, ClassCount, GradientNorm) = (features, weights, classCount, gradientNorm);

    /// <summary>Number of classes.</summary>
    public int ClassCount { get; }

    /// <summary>Largest absolute component of the gradient where the optimiser stopped.</summary>
    public double GradientNorm { get; }

    /// <summary>Trains on texts and their classes, [samples].</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="labels">Class indices in [0, classCount).</param>
    /// <param name="classCount">Number of classes.</param>
    /// <param name="l2">Weight of the penalty; 1/l2 is scikit-learn's C.</param>
    /// <param name="longest">Longest n-gram in words.</param>
    /// <param name="minCount">An n-gram in fewer texts than this is ignored.</param>
    /// <param name="tolerance">Stops where no component of the gradient is larger.</param>
    /// <param name="iterations">Most iterations.</param>
    public static TfidfLogistic Train(
        IReadOnlyList<string> texts, IReadOnlyList<int> labels, int classCount,
        double l2 = 0.1, int longest = 2, int minCount = 1, double tolerance = 1e-3, int iterations = 500)
    {
        Tfidf features = Tfidf.Fit(texts, longest, minCount);
        SparseVector[] samples = [.. texts.Select(features.Transform)];
        var (weights, norm) = Lbfgs.Minimise(
            (point, gradient) => Loss(samples, labels, classCount, l2, point, gradient),
            (features.Count + 1) * classCount, tolerance, iterations);
        return new TfidfLogistic(features, weights, classCount, norm);
    }

    /// <summary>The distribution over the classes, [classes].</summary>
    public double[] Predict(string text)
    {
        var distribution = new double[ClassCount];
        Softmax(_features.Transform(text), _weights, distribution);
        return distribution;
    }

    /// <summary>The most probable class.</summary>
    public int Classify(string text)
    {
        double[] distribution = Predict(text);
        return Array.IndexOf(distribution, distribution.Max());
    }

    /// <summary>Share of texts whose class is found.</summary>
    public double Accuracy(IReadOnlyList<string> texts, IReadOnlyList<int> labels) =>
        texts.Zip(labels).Count(pair => Classify(pair.First) == pair.Second) / (double)texts.Count;

    /// <summary>The objective and its gradient; weights are [features + 1, classes], the biases last.</summary>
    internal static double Loss(
        IReadOnlyList<SparseVector> samples, IReadOnlyList<int> labels, int classCount, double l2,
        double[] weights, double[] gradient)
    {
        int biases = weights.Length - classCount;
        double loss = 0;
        for (int i = 0; i < biases; i++)
        {
            loss += l2 / 2 * weights[i] * weights[i];
            gradient[i] = l2 * weights[i];
        }
        Array.Clear(gradient, biases, classCount);
        var p = new double[classCount];
        for (int i = 0; i < samples.Count; i++)
        {
            Softmax(samples[i], weights, p);
            loss -= Math.Log(Math.Max(p[labels[i]], 1e-300));
            p[labels[i]] -= 1;
            var (indices, values) = samples[i];
            for (int f = 0; f < indices.Length; f++)
                for (int k = 0, at = indices[f] * classCount; k < classCount; k++) gradient[at + k] += values[f] * p[k];
            for (int k = 0; k < classCount; k++) gradient[biases + k] += p[k];
        }
        return loss;
    }

    private static void Softmax(SparseVector sample, double[] weights, double[] p)
    {
        Array.Copy(weights, weights.Length - p.Length, p, 0, p.Length);
        var (indices, values) = sample;
        for (int f = 0; f < indices.Length; f++)
            for (int k = 0, at = indices[f] * p.Length; k < p.Length; k++) p[k] += values[f] * weights[at + k];
        double max = p.Max(), sum = 0;
        for (int k = 0; k < p.Length; k++) sum += p[k] = Math.Exp(p[k] - max);
        for (int k = 0; k < p.Length; k++) p[k] /= sum;
    }
}
