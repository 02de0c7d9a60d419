using System.Globalization;
using System.Text;

namespace Llkd.Tokenizers.Pieces;

/// <summary>BPE whose words begin as characters, as SentencePiece's BPE of Llama 2 does; what is no token is spelled as bytes.</summary>
internal static class CharacterBpe
{
    /// <summary>A model of those tokens and merges.</summary>
    /// <param name="ids">Id of every token.</param>
    /// <param name="merges">Ids left and right, rank, and the id they become.</param>
    /// <param name="unknown">Id of the unknown token; null: what cannot be spelled is left out.</param>
    /// <param name="byteFallback">Whether a character that is no token becomes the tokens of its bytes, <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>.</param>
    /// <param name="fusesUnknown">Whether unknown neighbours become one token.</param>
    public static BpeModel Model(
        IReadOnlyDictionary<string, int> ids, IEnumerable<(int Left, int Right, int Rank, int Merged)> merges,
        int? unknown, bool byteFallback, bool fusesUnknown)
    {
        var characters = new Dictionary<int, int>();
        foreach ((string token, int id) in ids)
            if (Rune.DecodeFromUtf16(token, out Rune rune, out int length) == System.Buffers.OperationStatus.Done && length == token.Length)
                characters[rune.Value] = id;
        int[]? bytes = byteFallback && Enumerable.Range(0, 256).All(b => ids.ContainsKey(Byte(b)))
            ? [.. Enumerable.Range(0, 256).Select(b => ids[Byte(b)])] : null;
        var model = new BpeModel(ids, (word, spelled) =>
        {
            Span<byte> utf8 = stackalloc byte[4];
            bool wasUnknown = false;
            foreach (Rune rune in word.EnumerateRunes())
            {
                bool again = wasUnknown;
                wasUnknown = false;
                if (characters.TryGetValue(rune.Value, out int id)) spelled.Add(id);
                else if (bytes is not null)
                {
                    foreach (byte b in utf8[..rune.EncodeToUtf8(utf8)]) spelled.Add(bytes[b]);
                }
                else
                {
                    wasUnknown = true;
                    if (unknown is { } token && !(again && fusesUnknown)) spelled.Add(token);
                }
            }
        });
        foreach ((int left, int right, int rank, int merged) in merges) model.Add(left, right, rank, merged);
        return model;
    }

    private static string Byte(int value) => string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>");
}
