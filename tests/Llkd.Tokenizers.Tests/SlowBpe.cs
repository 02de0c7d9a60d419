using System.Text;
using System.Text.RegularExpressions;

namespace Llkd.Tokenizers.Tests;

/// <summary>
/// BPE as its definition says it, slowly and without the product's code: all pairs counted anew before every merge,
/// merges applied one after another over the whole word, words cut by the regular expression itself over a text in
/// which every character outside the basic plane is replaced by one of its own kind.
/// </summary>
internal static partial class SlowBpe
{
    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")]
    private static partial Regex Pattern();

    public static IEnumerable<string> Words(string text)
    {
        // One char a rune, so that the pattern sees characters as Hugging Face does.
        Rune[] runes = [.. text.EnumerateRunes()];
        string flat = string.Concat(runes.Select(r => r.IsBmp ? (char)r.Value : Rune.IsLetter(r) ? 'x' : Rune.IsNumber(r) ? '1' : '!'));
        foreach (Match match in Pattern().Matches(flat))
            yield return string.Concat(runes[match.Index..(match.Index + match.Length)].Select(r => r.ToString()));
    }

    public static List<(string, string)> Train(IEnumerable<string> texts, int size, int minCount)
    {
        List<string> vocabulary = [.. BpeVocabulary.SpecialTokens, .. Bytes().Values.Order(StringComparer.Ordinal)];
        var words = texts.SelectMany(Words).GroupBy(w => w).Select(g => (Tokens: Spell(g.Key), Count: g.Count())).ToList();
        var merges = new List<(string, string)>();
        while (vocabulary.Count < size)
        {
            var counts = words
                .SelectMany(w => w.Tokens.Zip(w.Tokens.Skip(1)).Select(pair => (pair, w.Count)))
                .GroupBy(p => p.pair, p => p.Count)
                .Select(g => (Pair: g.Key, Count: g.Sum()))
                .Where(p => p.Count >= minCount)
                .OrderByDescending(p => p.Count)
                .ThenBy(p => vocabulary.IndexOf(p.Pair.First))
                .ThenBy(p => vocabulary.IndexOf(p.Pair.Second))
                .ToList();
            if (counts.Count == 0) break;
            (string left, string right) = counts[0].Pair;
            merges.Add((left, right));
            if (!vocabulary.Contains(left + right)) vocabulary.Add(left + right);
            words = [.. words.Select(w => (Apply(w.Tokens, left, right), w.Count))];
        }
        return merges;
    }

    public static IEnumerable<string> Tokens(string text, IReadOnlyList<(string Left, string Right)> merges)
    {
        foreach (string word in Words(text))
        {
            List<string> tokens = Spell(word);
            while (true)
            {
                var pairs = tokens.Zip(tokens.Skip(1)).ToHashSet();
                int first = Enumerable.Range(0, merges.Count).FirstOrDefault(m => pairs.Contains(merges[m]), -1);
                if (first < 0) break;
                tokens = Apply(tokens, merges[first].Left, merges[first].Right);
            }
            foreach (string token in tokens) yield return token;
        }
    }

    private static List<string> Apply(List<string> tokens, string left, string right)
    {
        var result = new List<string>();
        for (int i = 0; i < tokens.Count; i++)
        {
            bool matches = i + 1 < tokens.Count && tokens[i] == left && tokens[i + 1] == right;
            result.Add(matches ? left + right : tokens[i]);
            if (matches) i++;
        }
        return result;
    }

    private static List<string> Spell(string word)
    {
        Dictionary<byte, string> bytes = Bytes();
        return [.. Encoding.UTF8.GetBytes(word).Select(b => bytes[b])];
    }

    /// <summary>GPT-2's table, in the words of its own source: the printable ranges, then the rest from 256 on.</summary>
    private static Dictionary<byte, string> Bytes()
    {
        List<int> printable = [.. Enumerable.Range('!', '~' - '!' + 1), .. Enumerable.Range('¡', '¬' - '¡' + 1), .. Enumerable.Range('®', 'ÿ' - '®' + 1)];
        var table = printable.ToDictionary(b => (byte)b, b => ((char)b).ToString());
        int next = 256;
        for (int b = 0; b < 256; b++)
            if (!printable.Contains(b)) table.Add((byte)b, ((char)next++).ToString());
        return table;
    }
}
