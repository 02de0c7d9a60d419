using System.Runtime.InteropServices;
using System.Text;
using Llkd.Tokenizers.Splitters;

namespace Llkd.Tokenizers;

/// <summary>
/// Trains a byte-level BPE vocabulary (Sennrich et al. 2016; Radford et al. 2019): from the 256 bytes up, the most
/// frequent pair of neighbouring tokens becomes a token, until the vocabulary is full. Equal counts go to the pair of
/// smaller ids, as in Hugging Face's trainer, so the result depends on the texts only, not on their order.
/// </summary>
public sealed class BpeTrainer
{
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly List<string> _tokens = [];
    private readonly List<(string Left, string Right)> _merges = [];
    private readonly List<Word> _words = [];
    private readonly Dictionary<Pair, long> _counts = [];
    private readonly Dictionary<Pair, List<int>> _places = [];
    private readonly PriorityQueue<Pair, (long Count, Pair Pair)> _queue = new(MostFrequentFirst);

    private BpeTrainer(Dictionary<string, long> words)
    {
        foreach (string token in BpeVocabulary.SpecialTokens) Id(token);
        foreach (char c in ByteLevel.Alphabet) Id(c.ToString());
        foreach ((string text, long count) in words)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            _words.Add(new Word([.. bytes.Select(b => _ids[ByteLevel.Character(b).ToString()])], count));
        }
    }

    private static Comparer<(long Count, Pair Pair)> MostFrequentFirst { get; } =
        Comparer<(long Count, Pair Pair)>.Create((a, b) => a.Count != b.Count ? b.Count.CompareTo(a.Count) : a.Pair.CompareTo(b.Pair));

    /// <summary>Trains on texts.</summary>
    /// <param name="texts">The texts; read once, one at a time. Memory is needed for their distinct words only.</param>
    /// <param name="vocabularySize">Number of tokens, with the five special ones and the 256 bytes: at least 261. Fewer come out where the texts hold too few pairs.</param>
    /// <param name="minCount">A pair seen less often is not merged; at least 1.</param>
    public static BpeVocabulary Train(IEnumerable<string> texts, int vocabularySize, int minCount = 2)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, BpeVocabulary.SpecialTokens.Count + 256);
        ArgumentOutOfRangeException.ThrowIfLessThan(minCount, 1);
        var trainer = new BpeTrainer(CountWords(texts));
        trainer.CountPairs();
        trainer.Merge(vocabularySize, minCount);
        return new BpeVocabulary(trainer._ids, trainer._merges);
    }

    private static Dictionary<string, long> CountWords(IEnumerable<string> texts)
    {
        var words = new Dictionary<string, long>(StringComparer.Ordinal);
        Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> bySpan = words.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (string text in texts)
        {
            for (ReadOnlySpan<char> rest = text; !rest.IsEmpty;)
            {
                int length = Gpt2Splitter.NextWord(rest);
                CollectionsMarshal.GetValueRefOrAddDefault(bySpan, rest[..length], out _)++;
                rest = rest[length..];
            }
        }
        return words;
    }

    private void CountPairs()
    {
        for (int w = 0; w < _words.Count; w++)
        {
            int[] tokens = _words[w].Tokens;
            for (int i = 1; i < tokens.Length; i++) Change(new Pair(tokens[i - 1], tokens[i]), _words[w].Count, w);
        }
        foreach ((Pair pair, long count) in _counts) _queue.Enqueue(pair, (count, pair));
    }

    private void Merge(int vocabularySize, int minCount)
    {
        var grown = new HashSet<Pair>();
        while (_ids.Count < vocabularySize && _queue.TryDequeue(out Pair pair, out (long Count, Pair) queued))
        {
            // An entry may be older than the last change of its pair's count, or than its merge.
            if (!_counts.TryGetValue(pair, out long count) || count < minCount) continue;
            if (count != queued.Count)
            {
                _queue.Enqueue(pair, (count, pair));
                continue;
            }
            (string left, string right) = (_tokens[pair.Left], _tokens[pair.Right]);
            int merged = Id(left + right);
            _merges.Add((left, right));
            grown.Clear();
            foreach (int w in _places[pair]) MergeInWord(w, pair, merged, grown);
            _counts.Remove(pair);
            _places.Remove(pair);
            foreach (Pair p in grown)
                if (_counts.TryGetValue(p, out long now)) _queue.Enqueue(p, (now, p));
        }
    }

    private void MergeInWord(int w, Pair pair, int merged, HashSet<Pair> grown)
    {
        Word word = _words[w];
        int[] tokens = word.Tokens;
        int end = 0;
        for (int i = 0; i < tokens.Length; i++, end++)
        {
            if (i + 1 == tokens.Length || tokens[i] != pair.Left || tokens[i + 1] != pair.Right)
            {
                tokens[end] = tokens[i];
                continue;
            }
            if (end > 0)
            {
                Change(new Pair(tokens[end - 1], pair.Left), -word.Count, w);
                Grow(new Pair(tokens[end - 1], merged));
            }
            if (i + 2 < tokens.Length)
            {
                Change(new Pair(pair.Right, tokens[i + 2]), -word.Count, w);
                Grow(new Pair(merged, tokens[i + 2]));
            }
            tokens[end] = merged;
            i++;
        }
        if (end < tokens.Length) _words[w] = word with { Tokens = tokens[..end] };

        void Grow(Pair p)
        {
            Change(p, word.Count, w);
            grown.Add(p);
        }
    }

    private void Change(Pair pair, long by, int word)
    {
        CollectionsMarshal.GetValueRefOrAddDefault(_counts, pair, out _) += by;
        if (by < 0) return;
        ref List<int>? places = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, pair, out _);
        places ??= [];
        if (places.Count == 0 || places[^1] != word) places.Add(word);
    }

    private int Id(string token)
    {
        if (_ids.TryGetValue(token, out int id)) return id;
        id = _tokens.Count;
        _tokens.Add(token);
        _ids.Add(token, id);
        return id;
    }

    private readonly record struct Word(int[] Tokens, long Count);

    private readonly record struct Pair(int Left, int Right) : IComparable<Pair>
    {
        public int CompareTo(Pair other) => Left != other.Left ? Left.CompareTo(other.Left) : Right.CompareTo(other.Right);
    }
}
