using System.Text;

namespace Llkd.Tests.Samples;

/// <summary>A sparse vector: ascending feature indices and their values.</summary>
internal readonly record struct SparseVector(int[] Indices, double[] Values);

/// <summary>
/// TF-IDF features of word n-grams as scikit-learn's TfidfVectorizer defines them with smooth idf: tf · (ln((1 + n) / (1 + df)) + 1),
/// each text scaled to Euclidean length 1. A word is a run of letters and digits, lower-cased; unknown n-grams count nothing.
/// </summary>
internal sealed class Tfidf
{
    private readonly Dictionary<string, int> _indices;
    private readonly double[] _idf;
    private readonly int _longest;

    private Tfidf(Dictionary<string, int> indices, double[] idf, int longest) =>
        (_indices, _idf, _longest) = (indices, idf, longest);

    /// <summary>Number of features.</summary>
    public int Count => _idf.Length;

    /// <summary>Learns the vocabulary and document frequencies.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="longest">Longest n-gram in words.</param>
    /// <param name="minCount">An n-gram in fewer texts than this is ignored.</param>
    public static Tfidf Fit(IReadOnlyList<string> texts, int longest = 2, int minCount = 1)
    {
        var order = new List<string>();
        var frequency = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string text in texts)
        {
            foreach (string gram in Grams(text, longest).Distinct(StringComparer.Ordinal))
            {
                if (frequency.TryGetValue(gram, out int count)) frequency[gram] = count + 1;
                else
                {
                    frequency.Add(gram, 1);
                    order.Add(gram);
                }
            }
        }
        order.RemoveAll(gram => frequency[gram] < minCount);
        var indices = new Dictionary<string, int>(order.Count, StringComparer.Ordinal);
        var idf = new double[order.Count];
        for (int i = 0; i < order.Count; i++)
        {
            indices.Add(order[i], i);
            idf[i] = Math.Log((1.0 + texts.Count) / (1.0 + frequency[order[i]])) + 1;
        }
        return new Tfidf(indices, idf, longest);
    }

    /// <summary>Features of a text; an empty vector where it has no known n-gram.</summary>
    public SparseVector Transform(string text)
    {
        var counts = new SortedDictionary<int, int>();
        foreach (string gram in Grams(text, _longest))
            if (_indices.TryGetValue(gram, out int index)) counts[index] = counts.GetValueOrDefault(index) + 1;
        int[] indices = [.. counts.Keys];
        double[] values = [.. counts.Select(entry => entry.Value * _idf[entry.Key])];
        double length = Math.Sqrt(values.Sum(value => value * value));
        for (int i = 0; i < values.Length; i++) values[i] /= length;
        return new SparseVector(indices, values);
    }

    /// <summary>The words of a text.</summary>
    public static List<string> Words(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        foreach (char c in text.ToLowerInvariant().Append(' '))
        {
            if (char.IsLetterOrDigit(c)) word.Append(c);
            else if (word.Length > 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }
        }
        return words;
    }

    private static IEnumerable<string> Grams(string text, int longest)
    {
        List<string> words = Words(text);
        for (int n = 1; n <= longest; n++)
            for (int i = 0; i + n <= words.Count; i++)
                yield return string.Join(' ', words.Skip(i).Take(n));
    }
}
