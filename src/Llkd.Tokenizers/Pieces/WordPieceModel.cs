using System.Text;
using Llkd.Tokenizers.Pipeline;

namespace Llkd.Tokenizers.Pieces;

/// <summary>
/// WordPiece of one word (Devlin et al. 2019): from the left the longest piece each time; pieces inside a word begin
/// with <c>##</c>. A word that cannot be spelled whole, or is too long, is unknown.
/// </summary>
internal sealed class WordPieceModel : WordModel
{
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _first;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _inside;
    private readonly int _unknown;
    private readonly int _longestWord;
    private readonly int _longestPiece;

    /// <summary>A model of those pieces.</summary>
    /// <param name="ids">Id of every piece.</param>
    /// <param name="unknown">Id of an unknown word.</param>
    /// <param name="prefix">What a piece inside a word begins with.</param>
    /// <param name="longestWord">Characters of the longest word that is spelled.</param>
    public WordPieceModel(Dictionary<string, int> ids, int unknown, string prefix = "##", int longestWord = 100)
    {
        (_ids, _unknown, _longestWord) = (ids, unknown, longestWord);
        Size = ids.Values.Max() + 1;
        _first = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        _inside = ids.Where(pair => pair.Key.Length > prefix.Length && pair.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key[prefix.Length..], pair => pair.Value, StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        _longestPiece = ids.Keys.Max(piece => piece.Length);
    }

    public override int Size { get; }

    public override int? Id(string token) => _ids.TryGetValue(token, out int id) ? id : null;

    public override void Encode(ReadOnlySpan<char> word, List<int> ids)
    {
        int start = ids.Count;
        if (word.Length > _longestWord && CountRunes(word) > _longestWord)
        {
            ids.Add(_unknown);
            return;
        }
        for (int at = 0; at < word.Length;)
        {
            Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> pieces = at == 0 ? _first : _inside;
            int length = Math.Min(word.Length - at, _longestPiece);
            int id = 0;
            while (length > 0 && !pieces.TryGetValue(word.Slice(at, length), out id)) length--;
            if (length == 0)
            {
                ids.RemoveRange(start, ids.Count - start);
                ids.Add(_unknown);
                return;
            }
            ids.Add(id);
            at += length;
        }
    }

    private static int CountRunes(ReadOnlySpan<char> word)
    {
        int count = 0;
        foreach (Rune _ in word.EnumerateRunes()) count++;
        return count;
    }
}
