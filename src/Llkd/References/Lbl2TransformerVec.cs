using System.Globalization;
using Llkd.Labels;
using Llkd.Numerics;
using Llkd.Tasks;

namespace Llkd.References;

/// <summary>
/// Lbl2TransformerVec (Schopf, Braun and Matthes, arXiv 2211.16285): no teacher and no training. A label's keywords and
/// the pool's documents are embedded by one sentence encoder; D_y are the documents whose cosine to the mean of label y's
/// keywords is at least a threshold, or the nearest one; the label's vector is the mean of D_y; a text gets the label whose
/// vector is nearest. The keywords are the label's name and its description, our choice. The distribution is a softmax of
/// the cosines, which orders as they do and is not calibrated.
/// </summary>
public sealed class Lbl2TransformerVec : ITextClassifier
{
    private const float Sharpness = 10;
    private readonly ISentenceEncoder _encoder;
    private readonly float[] _labels;
    private readonly int _classes;
    private readonly List<string> _notes = [];

    private Lbl2TransformerVec(ISentenceEncoder encoder, float[] labels, int classes) => (_encoder, _labels, _classes) = (encoder, labels, classes);

    /// <inheritdoc/>
    public string Description => $"Lbl2TransformerVec over {_encoder.Description}";

    /// <inheritdoc/>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Makes the labels' vectors.</summary>
    /// <param name="encoder">Embeds keywords and documents.</param>
    /// <param name="labels">Labels, [classes], at least 2.</param>
    /// <param name="documents">The pool.</param>
    /// <param name="similarity">Least cosine of a document in D_y; default 0.3, our choice.</param>
    public static Lbl2TransformerVec Make(
        ISentenceEncoder encoder, IReadOnlyList<TaskLabel> labels, IReadOnlyList<string> documents, double similarity = 0.3)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfLessThan(labels.Count, 2, nameof(labels));
        int dimension = encoder.Dimension;
        float[] vectors = encoder.Encode(documents);
        var classifier = new Lbl2TransformerVec(encoder, new float[labels.Count * dimension], labels.Count);
        for (int k = 0; k < labels.Count; k++)
        {
            Span<float> vector = classifier._labels.AsSpan(k * dimension, dimension);
            float[] keywords = KeywordMean(encoder, labels[k]);
            if (VectorMath.Dot(keywords, keywords) == 0)
            {
                classifier._notes.Add($"The encoder knows no word of label `{labels[k].Name}` or its description, so no text is given it. Describe the label in words of the pool.");
                continue;
            }
            int found = SumNear(keywords, vectors, (float)similarity, vector);
            if (found == 0)
                classifier._notes.Add(string.Create(
                    CultureInfo.InvariantCulture, $"No document has a cosine of {similarity} to the words of label `{labels[k].Name}`: the nearest one alone stands for it."));
            Normalise(vector);
        }
        return classifier;
    }

    /// <inheritdoc/>
    public PseudoLabels Predict(IReadOnlyList<string> texts)
    {
        float[] vectors = _encoder.Encode(texts);
        int dimension = _encoder.Dimension, count = vectors.Length / dimension;
        var distributions = new float[count * _classes];
        for (int i = 0; i < count; i++)
        {
            Span<float> p = distributions.AsSpan(i * _classes, _classes);
            for (int k = 0; k < _classes; k++)
            {
                ReadOnlySpan<float> label = _labels.AsSpan(k * dimension, dimension);
                // A label without a vector is farther than any other.
                p[k] = Sharpness * (IsZero(label) ? -1.01f : VectorMath.Dot(vectors.AsSpan(i * dimension, dimension), label));
            }
            Softmax.Row(p, p);
        }
        return new PseudoLabels(distributions, _classes);
    }

    /// <summary>Mean of the keywords' vectors, of length 1; each word of the name and of the description is a keyword.</summary>
    private static float[] KeywordMean(ISentenceEncoder encoder, TaskLabel label)
    {
        float[] words = encoder.Encode(Features.TextWords.Of(LabelWords.Of(label)));
        var mean = new float[encoder.Dimension];
        for (int start = 0; start < words.Length; start += mean.Length) VectorMath.Add(mean, 1, words.AsSpan(start, mean.Length));
        Normalise(mean);
        return mean;
    }

    /// <summary>Adds up the vectors near to the keywords; the nearest one where none is near enough.</summary>
    /// <returns>How many are near enough.</returns>
    private static int SumNear(ReadOnlySpan<float> keywords, ReadOnlySpan<float> vectors, float similarity, Span<float> sum)
    {
        int found = 0, nearest = -1;
        float largest = float.NegativeInfinity;
        for (int start = 0; start < vectors.Length; start += keywords.Length)
        {
            ReadOnlySpan<float> vector = vectors.Slice(start, keywords.Length);
            float cosine = VectorMath.Dot(keywords, vector);
            if (cosine > largest) (largest, nearest) = (cosine, start);
            if (cosine < similarity) continue;
            VectorMath.Add(sum, 1, vector);
            found++;
        }
        if (found == 0 && nearest >= 0) VectorMath.Add(sum, 1, vectors.Slice(nearest, keywords.Length));
        return found;
    }

    private static bool IsZero(ReadOnlySpan<float> vector) => !vector.ContainsAnyExcept(0f);

    private static void Normalise(Span<float> vector)
    {
        float length = MathF.Sqrt(VectorMath.Dot(vector, vector));
        if (length > 1e-6f) VectorMath.Scale(vector, 1 / length);
        else vector.Clear();
    }
}
