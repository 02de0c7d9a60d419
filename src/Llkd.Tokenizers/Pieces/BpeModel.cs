using System.Buffers;
using Llkd.Tokenizers.Pipeline;

namespace Llkd.Tokenizers.Pieces;

/// <summary>
/// Byte-pair encoding of one word (Sennrich et al. 2016): of all neighbouring tokens that may become one, those of the
/// earliest merge do, the leftmost first, until none is left.
/// </summary>
/// <param name="ids">Id of every token.</param>
/// <param name="spelling">The ids a word begins as: bytes or characters.</param>
/// <param name="wholeWords">Whether a word that is a token itself is not spelled at all (`ignore_merges`).</param>
internal sealed class BpeModel(
    IReadOnlyDictionary<string, int> ids, BpeModel.Spelling spelling, IReadOnlyDictionary<string, int>? wholeWords = null) : WordModel
{
    /// <summary>Up to here a scan over all pairs is faster than a queue.</summary>
    private const int ShortWord = 32;

    private readonly Dictionary<ulong, Merge> _merges = [];
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>>? _wholeWords = wholeWords is null
        ? null : new Dictionary<string, int>(wholeWords, StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Appends the ids a word begins as.</summary>
    public delegate void Spelling(ReadOnlySpan<char> word, List<int> ids);

    public override int Size { get; } = ids.Values.Max() + 1;

    public override int? Id(string token) => ids.TryGetValue(token, out int id) ? id : null;

    /// <summary>Adds a merge; ranks ascend with their order of application. An earlier merge of the same pair stays.</summary>
    public void Add(int left, int right, int rank, int merged) => _merges.TryAdd(Key(left, right), new Merge(rank, merged));

    public override void Encode(ReadOnlySpan<char> word, List<int> ids)
    {
        if (_wholeWords is { } whole && whole.TryGetValue(word, out int id))
        {
            ids.Add(id);
            return;
        }
        var spelled = new List<int>(word.Length * 2);
        spelling(word, spelled);
        int[] tokens = [.. spelled];
        int count = tokens.Length <= ShortWord ? Scan(tokens) : Queue(tokens);
        for (int i = 0; i < count; i++) ids.Add(tokens[i]);
    }

    private int Scan(int[] tokens)
    {
        int count = tokens.Length;
        while (count > 1)
        {
            int best = -1;
            var merge = new Merge(int.MaxValue, 0);
            for (int i = 1; i < count; i++)
                if (_merges.TryGetValue(Key(tokens[i - 1], tokens[i]), out Merge found) && found.Rank < merge.Rank) (best, merge) = (i, found);
            if (best < 0) break;
            tokens[best - 1] = merge.Token;
            count--;
            Array.Copy(tokens, best + 1, tokens, best, count - best);
        }
        return count;
    }

    /// <summary>A linked list of tokens and a queue of merges, so that a text without any space costs n log n.</summary>
    private int Queue(int[] tokens)
    {
        int[] next = ArrayPool<int>.Shared.Rent(tokens.Length), previous = ArrayPool<int>.Shared.Rent(tokens.Length);
        var queue = new PriorityQueue<(int At, int Left, int Right, int Token), (int Rank, int At)>();
        for (int i = 0; i < tokens.Length; i++) (previous[i], next[i]) = (i - 1, i + 1);
        for (int i = 1; i < tokens.Length; i++) Offer(i - 1, i);
        while (queue.TryDequeue(out (int At, int Left, int Right, int Token) merge, out _))
        {
            int at = merge.At, behind = next[at];
            // What was queued may be gone: a token merged away is −1, and a neighbour may have changed.
            if (tokens[at] != merge.Left || behind >= tokens.Length || tokens[behind] != merge.Right) continue;
            tokens[at] = merge.Token;
            tokens[behind] = -1;
            next[at] = next[behind];
            if (next[at] < tokens.Length)
            {
                previous[next[at]] = at;
                Offer(at, next[at]);
            }
            if (previous[at] >= 0) Offer(previous[at], at);
        }
        int count = 0;
        for (int i = 0; i < tokens.Length; i = next[i]) tokens[count++] = tokens[i];
        ArrayPool<int>.Shared.Return(next);
        ArrayPool<int>.Shared.Return(previous);
        return count;

        void Offer(int left, int right)
        {
            if (_merges.TryGetValue(Key(tokens[left], tokens[right]), out Merge merge))
                queue.Enqueue((left, tokens[left], tokens[right], merge.Token), (merge.Rank, left));
        }
    }

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private readonly record struct Merge(int Rank, int Token);
}
