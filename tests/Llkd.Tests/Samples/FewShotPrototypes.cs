using Llkd.Features;

namespace Llkd.Tests.Samples;

/// <summary>
/// A teacher that knows little: the cosine between a text's TF-IDF vector and each class's mean vector over a few examples
/// and the label's name and description; softmax of the cosines over a temperature. Written apart from the product's own.
/// </summary>
internal sealed class FewShotPrototypes
{
    private readonly Tfidf _features;
    private readonly double[][] _means;
    private readonly double _temperature;

    private FewShotPrototypes(Tfidf features, double[][] means, double temperature) =>
        (_features, _means, _temperature) = (features, means, temperature);

    /// <summary>Makes the prototypes.</summary>
    /// <param name="pool">Texts that give the vocabulary and document frequencies; no labels.</param>
    /// <param name="labels">Names and descriptions, [classes].</param>
    /// <param name="examples">Texts of each class, [classes][shots].</param>
    /// <param name="temperature">Lower is surer.</param>
    public static FewShotPrototypes Make(
        IReadOnlyList<string> pool, IReadOnlyList<(string Name, string Description)> labels,
        IReadOnlyList<IReadOnlyList<string>> examples, double temperature = 0.05)
    {
        Tfidf features = Tfidf.Fit(pool, new TfidfOptions { MinCount = 1, SublinearTf = false });
        var means = new double[labels.Count][];
        for (int k = 0; k < means.Length; k++)
        {
            means[k] = new double[features.Count];
            foreach (string text in examples[k].Append($"{labels[k].Name} {labels[k].Description}"))
            {
                SparseRows row = features.Transform([text]);
                for (int f = 0; f < row.Columns(0).Length; f++) means[k][row.Columns(0)[f]] += row.Values(0)[f];
            }
            double length = Math.Sqrt(means[k].Sum(value => value * value));
            for (int f = 0; f < features.Count; f++) means[k][f] /= length;
        }
        return new FewShotPrototypes(features, means, temperature);
    }

    /// <summary>The distribution over the classes, [classes].</summary>
    public double[] Predict(string text)
    {
        SparseRows row = _features.Transform([text]);
        int[] columns = row.Columns(0).ToArray();
        float[] values = row.Values(0).ToArray();
        double[] p = [.. _means.Select(mean => columns.Zip(values).Sum(entry => mean[entry.First] * entry.Second))];
        double max = p.Max();
        for (int k = 0; k < p.Length; k++) p[k] = Math.Exp((p[k] - max) / _temperature);
        double sum = p.Sum();
        for (int k = 0; k < p.Length; k++) p[k] /= sum;
        return p;
    }
}
