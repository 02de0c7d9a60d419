using System.Text;
using Llkd.Tokenizers.Pipeline;

namespace Llkd.Tokenizers.Pieces;

/// <summary>
/// SentencePiece's unigram model of one word (Kudo 2018): the spelling whose pieces have the largest sum of
/// log-probabilities, found by Viterbi's algorithm. A character no piece spells is unknown, at ten below the least
/// likely piece; unknown neighbours become one token, or bytes where the model has them.
/// </summary>
internal sealed class UnigramModel : WordModel
{
    private const double UnknownPenalty = 10;
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<ulong, int> _next = [];
    private readonly List<int> _pieceOfNode = [-1];
    private readonly double[] _scores;
    private readonly double _unknownScore;
    private readonly int _unknown;
    private readonly int[]? _bytes;

    /// <summary>A model of those pieces; a piece's id is its place.</summary>
    /// <param name="pieces">Pieces with their log-probabilities.</param>
    /// <param name="unknown">Id of the unknown token.</param>
    /// <param name="byteFallback">Whether what is unknown is spelled by the pieces <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>.</param>
    public UnigramModel(IReadOnlyList<(string Text, double Score)> pieces, int unknown, bool byteFallback)
    {
        _unknown = unknown;
        _scores = [.. pieces.Select(piece => piece.Score)];
        _unknownScore = _scores.Min() - UnknownPenalty;
        for (int id = 0; id < pieces.Count; id++)
        {
            // As with Hugging Face, the last of two equal pieces counts.
            _ids[pieces[id].Text] = id;
            int node = 0;
            foreach (char c in pieces[id].Text)
            {
                if (!_next.TryGetValue(Key(node, c), out int child))
                {
                    child = _pieceOfNode.Count;
                    _pieceOfNode.Add(-1);
                    _next.Add(Key(node, c), child);
                }
                node = child;
            }
            if (node != 0) _pieceOfNode[node] = id;
        }
        if (byteFallback && Enumerable.Range(0, 256).All(b => _ids.ContainsKey($"<0x{b:X2}>")))
            _bytes = [.. Enumerable.Range(0, 256).Select(b => _ids[$"<0x{b:X2}>"])];
    }

    public override int Size => _scores.Length;

    public override int? Id(string token) => _ids.TryGetValue(token, out int id) ? id : null;

    public override void Encode(ReadOnlySpan<char> word, List<int> ids)
    {
        // Best spelling up to each place: its score, where its last piece begins, and that piece.
        var score = new double[word.Length + 1];
        var from = new int[word.Length + 1];
        var piece = new int[word.Length + 1];
        Array.Fill(from, -1);
        int length;
        for (int start = 0; start < word.Length; start += length)
        {
            Rune.DecodeFromUtf16(word[start..], out _, out length);
            bool single = false;
            int node = 0;
            for (int end = start; end < word.Length && _next.TryGetValue(Key(node, word[end]), out node);)
            {
                end++;
                int id = _pieceOfNode[node];
                if (id < 0) continue;
                Offer(start, end, score[start] + _scores[id], id);
                single |= end - start == length;
            }
            if (!single) Offer(start, start + length, score[start] + _unknownScore, _unknown);
        }
        Append(word, from, piece, ids);

        void Offer(int start, int end, double value, int id)
        {
            if (from[end] >= 0 && value <= score[end]) return;
            (score[end], from[end], piece[end]) = (value, start, id);
        }
    }

    private void Append(ReadOnlySpan<char> word, int[] from, int[] piece, List<int> ids)
    {
        var ends = new Stack<int>();
        for (int end = word.Length; end > 0; end = from[end]) ends.Push(end);
        Span<byte> utf8 = stackalloc byte[4];
        bool unknown = false;
        foreach (int end in ends)
        {
            bool again = unknown;
            unknown = piece[end] == _unknown;
            if (!unknown) ids.Add(piece[end]);
            else if (_bytes is not null)
            {
                int count = Encoding.UTF8.GetBytes(word[from[end]..end], utf8);
                foreach (byte b in utf8[..count]) ids.Add(_bytes[b]);
            }
            else if (!again) ids.Add(_unknown);
        }
    }

    private static ulong Key(int node, char c) => ((ulong)(uint)node << 16) | c;
}
