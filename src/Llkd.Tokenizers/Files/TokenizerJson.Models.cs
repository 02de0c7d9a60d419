using System.Text;
using System.Text.Json;
using Llkd.Tokenizers.Pieces;
using Llkd.Tokenizers.Pipeline;

namespace Llkd.Tokenizers;

/// <content>Models.</content>
internal sealed partial class TokenizerJson
{
    /// <summary>Ids beyond this are no vocabulary; a table is never made on the word of a file.</summary>
    private const int MostIds = 1 << 28;

    private WordModel Model(JsonElement model, out bool byteLevel)
    {
        byteLevel = false;
        // Older files leave the type out.
        string type = Part(model, "type")?.GetString()
            ?? (model.TryGetProperty("merges", out _) ? "BPE" : model.GetProperty("vocab").ValueKind == JsonValueKind.Array ? "Unigram" : "WordPiece");
        switch (type)
        {
            case "WordPiece":
                Dictionary<string, int> pieces = Ids(model);
                string unknown = Text(model, "unk_token");
                return new WordPieceModel(
                    pieces, Need(pieces, unknown), Part(model, "continuing_subword_prefix")?.GetString() ?? "##",
                    Part(model, "max_input_chars_per_word")?.GetInt32() ?? 100);
            case "Unigram": return Unigram(model);
            case "BPE": return Bpe(model, out byteLevel);
            default: throw Unknown("model", model);
        }
    }

    private static UnigramModel Unigram(JsonElement model)
    {
        (string, double)[] pieces = [.. model.GetProperty("vocab").EnumerateArray().Select(piece => (piece[0].GetString()!, piece[1].GetDouble()))];
        int unknown = model.GetProperty("unk_id").GetInt32();
        if (unknown < 0 || unknown >= pieces.Length) throw new FormatException($"`unk_id` is {unknown}, and there are {pieces.Length} pieces.");
        return new UnigramModel(pieces, unknown, Flag(model, "byte_fallback") ?? false);
    }

    private BpeModel Bpe(JsonElement model, out bool byteLevel)
    {
        Dictionary<string, int> ids = Ids(model);
        List<(string Left, string Right)> merges = [.. Merges(model, ids)];
        bool fallback = Flag(model, "byte_fallback") ?? false;
        byteLevel = !fallback && ByteLevel.Alphabet.All(c => ids.ContainsKey(c.ToString()));
        bool whole = Flag(model, "ignore_merges") ?? false;
        if (Part(model, "continuing_subword_prefix")?.GetString() is { Length: > 0 } || Part(model, "end_of_word_suffix")?.GetString() is { Length: > 0 }
            || Part(model, "dropout")?.GetDouble() > 0 || (!byteLevel && whole))
            throw Unknown("model", model);
        if (byteLevel)
        {
            return ByteLevelBpe.Model(ids, merges, whole
                ? ids.Where(pair => ByteLevel.Decode(pair.Key) is not null).ToDictionary(pair => ByteLevel.Decode(pair.Key)!, pair => pair.Value, StringComparer.Ordinal)
                : null);
        }
        return CharacterBpe.Model(
            ids, merges.Select((merge, rank) => (ids[merge.Left], ids[merge.Right], rank, ids[merge.Left + merge.Right])),
            Part(model, "unk_token")?.GetString() is { } unknown ? Need(ids, unknown) : null, fallback, Flag(model, "fuse_unk") ?? false);
    }

    private static IEnumerable<(string, string)> Merges(JsonElement model, Dictionary<string, int> ids)
    {
        foreach (JsonElement merge in model.GetProperty("merges").EnumerateArray())
        {
            (string left, string right) = merge.ValueKind == JsonValueKind.Array
                ? (merge[0].GetString()!, merge[1].GetString()!)
                : merge.GetString()!.Split(' ') is [string first, string second] ? (first, second) : throw new FormatException($"the merge `{merge.GetString()}` is no pair.");
            if (!ids.ContainsKey(left) || !ids.ContainsKey(right) || !ids.ContainsKey(left + right))
                throw new FormatException($"the merge `{left} {right}` is not of two tokens that make a third.");
            yield return (left, right);
        }
    }

    private static Dictionary<string, int> Ids(JsonElement model)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (JsonProperty token in model.GetProperty("vocab").EnumerateObject())
        {
            int id = token.Value.GetInt32();
            if (id is < 0 or > MostIds) throw new FormatException($"the token `{token.Name}` has the id {id}, which is out of range.");
            ids[token.Name] = id;
        }
        return ids.Count > 0 ? ids : throw new FormatException("the vocabulary is empty.");
    }

    private static int Need(Dictionary<string, int> ids, string token) =>
        ids.TryGetValue(token, out int id) ? id : throw new FormatException($"the token `{token}` is not in the vocabulary.");
}
