using System.Text;

namespace Llkd.TestModels;

/// <summary>Trains a small BPE over characters: the most frequent pair becomes a token, again and again.</summary>
internal static class CharacterPairs
{
    public static (List<string> Tokens, List<(string Left, string Right)> Merges) Train(IEnumerable<string> texts, int merges)
    {
        List<(List<string> Pieces, int Count)> words =
        [
            .. texts.SelectMany(text => text.Split(' ')).CountBy(word => word)
                .Select(pair => (("▁" + pair.Key).EnumerateRunes().Select(rune => rune.ToString()).ToList(), pair.Value)),
        ];
        List<string> tokens = [.. words.SelectMany(word => word.Pieces).Distinct().Order(StringComparer.Ordinal)];
        var pairs = new List<(string, string)>();
        while (pairs.Count < merges)
        {
            var counts = new SortedDictionary<string, (int Count, string Left, string Right)>(StringComparer.Ordinal);
            foreach ((List<string> pieces, int count) in words)
                for (int i = 1; i < pieces.Count; i++)
                    counts[pieces[i - 1] + "\0" + pieces[i]] = (counts.GetValueOrDefault(pieces[i - 1] + "\0" + pieces[i]).Count + count, pieces[i - 1], pieces[i]);
            if (counts.Count == 0) break;
            (_, string left, string right) = counts.Values.MaxBy(pair => pair.Count);
            pairs.Add((left, right));
            if (!tokens.Contains(left + right)) tokens.Add(left + right);
            foreach ((List<string> pieces, _) in words)
                for (int i = 1; i < pieces.Count; i++)
                    if (pieces[i - 1] == left && pieces[i] == right)
                    {
                        pieces[i - 1] += right;
                        pieces.RemoveAt(i);
                    }
        }
        return (tokens, pairs);
    }
}
