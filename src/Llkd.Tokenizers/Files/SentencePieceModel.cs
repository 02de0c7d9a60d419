using Llkd.Tokenizers.Normalizers;
using Llkd.Tokenizers.Pieces;
using Llkd.Tokenizers.Pipeline;
using Llkd.Tokenizers.Splitters;

namespace Llkd.Tokenizers;

/// <summary>
/// Reads tokenizer.model, SentencePiece's own file, where it holds a BPE model without a map of characters, as Llama's and
/// Mistral's do. Two neighbours merge where their text is a piece, the piece of the highest score first. Whether a text gets
/// a space in front, and whether extra spaces go, is as the file says.
/// </summary>
internal static class SentencePieceModel
{
    public const string FileName = "tokenizer.model";
    private const string Space = "▁";

    /// <exception cref="InputException">The file is broken, or holds another kind of model.</exception>
    public static ITextTokenizer Load(string folder)
    {
        string path = Path.Combine(folder, FileName);
        SentencePieceFile contents = SentencePieceFile.Read(path);
        if (contents.Kind != SentencePieceFile.Bpe || contents.CharsMap.Length > 0 || contents.EndsWordsWithSpace)
            throw new InputException($"{path} is no BPE model as Llama's is, without a map of characters and with spaces before words; write tokenizer.json in Python: AutoTokenizer.from_pretrained(folder).save_pretrained(folder).");
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int id = 0; id < contents.Pieces.Count; id++)
            if (!ids.TryAdd(contents.Pieces[id].Text, id)) throw new InputException($"{path}: the piece `{contents.Pieces[id].Text}` is there twice.");
        int? Named(string token) => ids.TryGetValue(token, out int id) ? id : null;
        int unknown = contents.Pieces.FindIndex(piece => piece.Type == SentencePiece.Unknown);
        var special = new SpecialTokens(Named("<s>"), Named("</s>"), Named("<pad>"), unknown < 0 ? null : unknown, null);
        var files = new TokenizerFiles(folder);
        IEnumerable<AddedToken> added = contents.Pieces.Select((piece, id) => (piece, id))
            .Where(entry => entry.piece.Type is SentencePiece.Unknown or SentencePiece.Control or SentencePiece.UserDefined).Select(entry => new AddedToken(entry.piece.Text, entry.id));
        return new TextPipeline(
            CharacterBpe.Model(ids, Merges(contents.Pieces, ids), special.Unknown, byteFallback: true, fusesUnknown: true), new NoSplit(),
            Normalizer(contents),
            added, special.Begin is { } begin ? [begin] : [], [], special, files.Save);
    }

    private static NormalizerSequence Normalizer(SentencePieceFile contents)
    {
        var parts = new List<Normalizer>();
        if (contents.RemovesExtraSpaces) parts.Add(new ExtraSpaceNormalizer(Space));
        if (contents.AddsPrefixSpace) parts.Add(new PrependNormalizer(Space));
        parts.Add(new ReplaceNormalizer(" ", Space));
        return new NormalizerSequence(parts);
    }

    /// <summary>Every way to make a piece of two pieces; its rank is the place of its score.</summary>
    private static IEnumerable<(int Left, int Right, int Rank, int Merged)> Merges(List<SentencePiece> pieces, Dictionary<string, int> ids)
    {
        var rank = new int[pieces.Count];
        int place = 0;
        foreach (int id in Enumerable.Range(0, pieces.Count).OrderByDescending(id => pieces[id].Score).ThenBy(id => id)) rank[id] = place++;
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> bySpan = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int id = 0; id < pieces.Count; id++)
        {
            if (pieces[id].Type != SentencePiece.Normal) continue;
            string text = pieces[id].Text;
            for (int cut = 1; cut < text.Length; cut++)
            {
                if (bySpan.TryGetValue(text.AsSpan(0, cut), out int left) && bySpan.TryGetValue(text.AsSpan(cut), out int right))
                    yield return (left, right, rank[id], id);
            }
        }
    }
}
