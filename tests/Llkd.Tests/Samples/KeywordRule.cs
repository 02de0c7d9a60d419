using Llkd.Features;

namespace Llkd.Tests.Samples;

/// <summary>
/// The best rule found of the form "a text with word w_k is of class k, any other of the most frequent class", one word a class,
/// chosen on gold labels. Earlier words win. Two starts (the word of the best F1 for each class; none at all) are improved one
/// class at a time, each by the word that then gives the most right answers, until nothing improves.
/// </summary>
internal sealed class KeywordRule
{
    private readonly List<(string Word, int Class)> _rules;
    private readonly int _default;

    private KeywordRule(List<(string Word, int Class)> rules, int @default) => (_rules, _default) = (rules, @default);

    /// <summary>The chosen words.</summary>
    public IReadOnlyList<(string Word, int Class)> Rules => _rules;

    /// <summary>Chooses the words.</summary>
    public static KeywordRule Choose(IReadOnlyList<string> texts, IReadOnlyList<int> labels, int classCount)
    {
        HashSet<string>[] words = [.. texts.Select(WordsOf)];
        int @default = labels.CountBy(label => label).MaxBy(entry => entry.Value).Key;
        KeywordRule[] found =
        [
            new KeywordRule(BestF1(words, labels, classCount), @default),
            new KeywordRule([], @default),
        ];
        foreach (KeywordRule rule in found) rule.Improve(words, labels, classCount);
        return found.MaxBy(rule => rule.Right(words, labels))!;
    }

    /// <summary>The class of a text.</summary>
    public int Classify(string text) => Classify(WordsOf(text));

    /// <summary>Share of texts whose class is found.</summary>
    public double Accuracy(IReadOnlyList<string> texts, IReadOnlyList<int> labels) =>
        texts.Zip(labels).Count(row => Classify(row.First) == row.Second) / (double)texts.Count;

    private int Classify(HashSet<string> words)
    {
        foreach (var (word, label) in _rules)
            if (words.Contains(word)) return label;
        return _default;
    }

    private int Right(HashSet<string>[] words, IReadOnlyList<int> labels) =>
        words.Zip(labels).Count(row => Classify(row.First) == row.Second);

    private void Improve(HashSet<string>[] words, IReadOnlyList<int> labels, int classCount)
    {
        for (int before = -1, now = Right(words, labels); now > before;)
        {
            before = now;
            for (int k = 0; k < classCount; k++)
            {
                List<(string, int)> kept = [.. _rules];
                _rules.RemoveAll(rule => rule.Class == k);
                var gains = new Dictionary<string, int>(StringComparer.Ordinal);
                for (int i = 0; i < words.Length; i++)
                {
                    int gain = (labels[i] == k ? 1 : 0) - (labels[i] == _default ? 1 : 0);
                    if (gain == 0 || _rules.Any(rule => words[i].Contains(rule.Word))) continue;
                    foreach (string word in words[i]) gains[word] = gains.GetValueOrDefault(word) + gain;
                }
                if (gains.Count > 0)
                    _rules.Add((gains.OrderByDescending(gain => gain.Value).ThenBy(gain => gain.Key, StringComparer.Ordinal).First().Key, k));
                int right = Right(words, labels);
                if (right > now) now = right;
                else
                {
                    _rules.Clear();
                    _rules.AddRange(kept);
                }
            }
        }
    }

    private static List<(string, int)> BestF1(HashSet<string>[] words, IReadOnlyList<int> labels, int classCount)
    {
        var best = new List<(string Word, int Class, double Precision)>();
        for (int k = 0; k < classCount; k++)
        {
            int ofClass = labels.Count(label => label == k);
            var counts = words.Zip(labels).SelectMany(row => row.First.Select(word => (word, Hit: row.Second == k)))
                .GroupBy(entry => entry.word, StringComparer.Ordinal)
                .Select(group => (Word: group.Key, Hits: group.Count(entry => entry.Hit), All: group.Count()));
            var (word, hits, all) = counts.OrderByDescending(c => 2.0 * c.Hits / (c.All + ofClass)).ThenBy(c => c.Word, StringComparer.Ordinal).First();
            best.Add((word, k, hits / (double)all));
        }
        return [.. best.OrderByDescending(entry => entry.Precision).Select(entry => (entry.Word, entry.Class))];
    }

    private static HashSet<string> WordsOf(string text) => TextWords.Of(text).ToHashSet(StringComparer.Ordinal);
}
