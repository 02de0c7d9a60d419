using System.Runtime.InteropServices;

namespace Llkd.Features;

/// <summary>How texts become TF-IDF vectors.</summary>
public sealed record TfidfOptions
{
    /// <summary>Longest n-gram, in words; default 2.</summary>
    public int LongestNgram { get; init; } = 2;

    /// <summary>An n-gram in fewer texts than this is left out; default 2: one that occurs once ties no two texts together.</summary>
    public int MinCount { get; init; } = 2;

    /// <summary>Counts an n-gram as 1 + ln tf rather than tf; default yes.</summary>
    public bool SublinearTf { get; init; } = true;
}

/// <summary>
/// TF-IDF of word n-grams: tf · (ln((1 + N) / (1 + df)) + 1) over N texts, every vector scaled to length 1; tf is the
/// count or, sublinear, 1 + ln count (Salton and Buckley 1988; the smoothed idf is that of scikit-learn). N-grams that
/// were not seen in fitting count nothing; a text without a known one gives the zero vector. Immutable.
/// </summary>
public sealed class Tfidf
{
    private readonly Dictionary<string, int> _columns;
    private readonly double[] _idf;
    private readonly TfidfOptions _options;

    private Tfidf(Dictionary<string, int> columns, double[] idf, TfidfOptions options) =>
        (_columns, _idf, _options) = (columns, idf, options);

    /// <summary>Number of features.</summary>
    public int Count => _idf.Length;

    /// <summary>Learns the n-grams and their document frequencies; features are numbered as they first occur.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="options">Options; null is the defaults.</param>
    public static Tfidf Fit(IReadOnlyList<string> texts, TfidfOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(texts);
        options ??= new TfidfOptions();
        var found = new Dictionary<string, (int Texts, int Last)>(StringComparer.Ordinal);
        var order = new List<string>();
        for (int i = 0; i < texts.Count; i++)
        {
            foreach (string gram in Grams(texts[i], options.LongestNgram))
            {
                ref (int Texts, int Last) entry = ref CollectionsMarshal.GetValueRefOrAddDefault(found, gram, out bool known);
                if (!known) order.Add(gram);
                else if (entry.Last == i) continue;
                entry = (entry.Texts + 1, i);
            }
        }
        order.RemoveAll(gram => found[gram].Texts < options.MinCount);
        var columns = new Dictionary<string, int>(order.Count, StringComparer.Ordinal);
        var idf = new double[order.Count];
        foreach (string gram in order)
        {
            idf[columns.Count] = Math.Log((1.0 + texts.Count) / (1.0 + found[gram].Texts)) + 1;
            columns.Add(gram, columns.Count);
        }
        return new Tfidf(columns, idf, options);
    }

    /// <summary>Vectors of texts, [texts, features].</summary>
    public SparseRows Transform(IEnumerable<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var ends = new List<int>();
        var columns = new List<int>();
        var values = new List<float>();
        var counts = new SortedDictionary<int, int>();
        foreach (string text in texts)
        {
            counts.Clear();
            foreach (string gram in Grams(text, _options.LongestNgram))
                if (_columns.TryGetValue(gram, out int column)) counts[column] = counts.GetValueOrDefault(column) + 1;
            double squares = 0;
            foreach ((int column, int count) in counts) squares += Weight(column, count) * Weight(column, count);
            double length = Math.Sqrt(squares);
            foreach ((int column, int count) in counts)
            {
                columns.Add(column);
                values.Add((float)(Weight(column, count) / length));
            }
            ends.Add(columns.Count);
        }
        return new SparseRows(Count, [.. ends], [.. columns], [.. values]);
    }

    private double Weight(int column, int count) => (_options.SublinearTf ? 1 + Math.Log(count) : count) * _idf[column];

    private static IEnumerable<string> Grams(string text, int longest)
    {
        List<string> words = TextWords.Of(text);
        for (int i = 0; i < words.Count; i++)
        {
            string gram = words[i];
            yield return gram;
            for (int n = 1; n < longest && i + n < words.Count; n++) yield return gram = gram + " " + words[i + n];
        }
    }
}
