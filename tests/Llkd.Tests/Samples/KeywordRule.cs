namespace Llkd.Tests.Samples;

/// <summary>
/// The best rule of the form "a text with word w_k is of class k, any other of the most frequent class", with one word a class,
/// built greedily on gold labels: the next (word, class) is the one that adds most right answers; earlier rules win.
/// </summary>
internal sealed class KeywordRule
{
    private readonly List<(string Word, int Class)> _rules = [];
    private readonly int _default;

    private KeywordRule(int @default) => _default = @default;

    /// <summary>The chosen words.</summary>
    public IReadOnlyList<(string Word, int Class)> Rules => _rules;

    /// <summary>Chooses the words.</summary>
    public static KeywordRule Choose(IReadOnlyList<string> texts, IReadOnlyList<int> labels, int classCount)
    {
        var rule = new KeywordRule(labels.CountBy(label => label).MaxBy(entry => entry.Value).Key);
        HashSet<string>[] words = [.. texts.Select(text => Tfidf.Words(text).ToHashSet(StringComparer.Ordinal))];
        var open = Enumerable.Range(0, texts.Count).ToList();
        var classes = Enumerable.Range(0, classCount).ToHashSet();
        while (classes.Count > 0)
        {
            var gains = new Dictionary<(string, int), int>();
            foreach (int i in open)
            {
                foreach (string word in words[i])
                {
                    foreach (int k in classes)
                    {
                        int gain = (labels[i] == k ? 1 : 0) - (labels[i] == rule._default ? 1 : 0);
                        if (gain != 0) gains[(word, k)] = gains.GetValueOrDefault((word, k)) + gain;
                    }
                }
            }
            if (gains.Count == 0) break;
            var best = gains.OrderByDescending(gain => gain.Value).ThenBy(gain => gain.Key.Item1, StringComparer.Ordinal).First();
            rule._rules.Add(best.Key);
            classes.Remove(best.Key.Item2);
            open.RemoveAll(i => words[i].Contains(best.Key.Item1));
        }
        return rule;
    }

    /// <summary>The class of a text.</summary>
    public int Classify(string text)
    {
        HashSet<string> words = Tfidf.Words(text).ToHashSet(StringComparer.Ordinal);
        foreach (var (word, label) in _rules)
            if (words.Contains(word)) return label;
        return _default;
    }
}
