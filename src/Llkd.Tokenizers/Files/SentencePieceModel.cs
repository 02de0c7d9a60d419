using System.Buffers.Binary;
using System.Text;
using Llkd.Documents;
using Llkd.Tokenizers.Normalizers;
using Llkd.Tokenizers.Pieces;
using Llkd.Tokenizers.Pipeline;
using Llkd.Tokenizers.Splitters;

namespace Llkd.Tokenizers;

/// <summary>
/// Reads tokenizer.model, SentencePiece's own file, where it holds a BPE model without normalisation, as Llama's and
/// Mistral's do: a protocol buffer of pieces with their scores. Two neighbours merge where their text is a piece, the piece of
/// the highest score first.
/// </summary>
internal static class SentencePieceModel
{
    public const string FileName = "tokenizer.model";
    private const string Space = "▁";
    private const int Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Byte = 6;
    private const int Bpe = 2;

    /// <exception cref="InputException">The file is broken, or holds another kind of model.</exception>
    public static ITextTokenizer Load(string folder)
    {
        string path = Path.Combine(folder, FileName);
        Contents contents = Read(InputFile.ReadBytes(path), path);
        if (contents.ModelType != Bpe || contents.HasCharsMap)
            throw new InputException($"{path} is no BPE model without normalisation, as Llama's is; write tokenizer.json in Python: AutoTokenizer.from_pretrained(folder).save_pretrained(folder).");
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int id = 0; id < contents.Pieces.Count; id++)
            if (!ids.TryAdd(contents.Pieces[id].Text, id)) throw new InputException($"{path}: the piece `{contents.Pieces[id].Text}` is there twice.");
        int? Named(string token) => ids.TryGetValue(token, out int id) ? id : null;
        int unknown = contents.Pieces.FindIndex(piece => piece.Type == Unknown);
        var special = new SpecialTokens(Named("<s>"), Named("</s>"), Named("<pad>"), unknown < 0 ? null : unknown, null);
        var files = new TokenizerFiles(folder);
        IEnumerable<AddedToken> added = contents.Pieces.Select((piece, id) => (piece, id))
            .Where(entry => entry.piece.Type is Unknown or Control or UserDefined).Select(entry => new AddedToken(entry.piece.Text, entry.id));
        return new TextPipeline(
            CharacterBpe.Model(ids, Merges(contents.Pieces, ids), special.Unknown, byteFallback: true, fusesUnknown: true), new NoSplit(),
            new NormalizerSequence([new PrependNormalizer(Space), new ReplaceNormalizer(" ", Space)]),
            added, special.Begin is { } begin ? [begin] : [], [], special, files.Save);
    }

    /// <summary>Every way to make a piece of two pieces; its rank is the place of its score.</summary>
    private static IEnumerable<(int Left, int Right, int Rank, int Merged)> Merges(List<Piece> pieces, Dictionary<string, int> ids)
    {
        var rank = new int[pieces.Count];
        int place = 0;
        foreach (int id in Enumerable.Range(0, pieces.Count).OrderByDescending(id => pieces[id].Score).ThenBy(id => id)) rank[id] = place++;
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> bySpan = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int id = 0; id < pieces.Count; id++)
        {
            if (pieces[id].Type != Normal) continue;
            string text = pieces[id].Text;
            for (int cut = 1; cut < text.Length; cut++)
            {
                if (bySpan.TryGetValue(text.AsSpan(0, cut), out int left) && bySpan.TryGetValue(text.AsSpan(cut), out int right))
                    yield return (left, right, rank[id], id);
            }
        }
    }

    private static Contents Read(ReadOnlySpan<byte> file, string path)
    {
        var contents = new Contents();
        try
        {
            while (!file.IsEmpty)
            {
                Field field = Field.Next(ref file);
                if (field.Number == 1) contents.Pieces.Add(ReadPiece(field.Bytes));
                else if (field.Number == 2) contents.ModelType = ReadModelType(field.Bytes);
                else if (field.Number == 3) contents.HasCharsMap = HasCharsMap(field.Bytes);
            }
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw new InputException($"{path} is not a SentencePiece model: {e.Message}", e);
        }
        return contents.Pieces.Count > 0 ? contents : throw new InputException($"{path} is not a SentencePiece model: it has no pieces.");
    }

    private static Piece ReadPiece(ReadOnlySpan<byte> message)
    {
        (string text, float score, int type) = ("", 0, Normal);
        while (!message.IsEmpty)
        {
            Field field = Field.Next(ref message);
            if (field.Number == 1) text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(field.Bytes);
            else if (field.Number == 2) score = BitConverter.UInt32BitsToSingle((uint)field.Value);
            else if (field.Number == 3) type = (int)field.Value;
        }
        return new Piece(text, score, type);
    }

    private static int ReadModelType(ReadOnlySpan<byte> message)
    {
        int type = 1;
        while (!message.IsEmpty)
        {
            Field field = Field.Next(ref message);
            if (field.Number == 3) type = (int)field.Value;
        }
        return type;
    }

    private static bool HasCharsMap(ReadOnlySpan<byte> message)
    {
        while (!message.IsEmpty)
        {
            Field field = Field.Next(ref message);
            if (field.Number == 2 && field.Bytes.Length > 0) return true;
        }
        return false;
    }

    private sealed record Piece(string Text, float Score, int Type);

    private sealed class Contents
    {
        public List<Piece> Pieces { get; } = [];

        public int ModelType { get; set; } = 1;

        public bool HasCharsMap { get; set; }
    }

    /// <summary>One field of a protocol buffer's message.</summary>
    private readonly ref struct Field
    {
        private Field(int number, ulong value, ReadOnlySpan<byte> bytes)
        {
            (Number, Value) = (number, value);
            Bytes = bytes;
        }

        public int Number { get; }

        public ulong Value { get; }

        public ReadOnlySpan<byte> Bytes { get; }

        public static Field Next(ref ReadOnlySpan<byte> rest)
        {
            ulong key = Varint(ref rest);
            int number = (int)(key >> 3);
            switch (key & 7)
            {
                case 0: return new Field(number, Varint(ref rest), []);
                case 1: return new Field(number, BinaryPrimitives.ReadUInt64LittleEndian(Take(ref rest, 8)), []);
                case 2: return new Field(number, 0, Take(ref rest, Varint(ref rest)));
                case 5: return new Field(number, BinaryPrimitives.ReadUInt32LittleEndian(Take(ref rest, 4)), []);
                default: throw new FormatException($"the field {number} has the wire type {key & 7}.");
            }
        }

        private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest, ulong count)
        {
            if (count > (ulong)rest.Length) throw new FormatException("it ends within a field.");
            ReadOnlySpan<byte> taken = rest[..(int)count];
            rest = rest[(int)count..];
            return taken;
        }

        private static ulong Varint(ref ReadOnlySpan<byte> rest)
        {
            ulong value = 0;
            for (int shift = 0; shift < 64; shift += 7)
            {
                byte b = Take(ref rest, 1)[0];
                value |= (ulong)(b & 0x7F) << shift;
                if (b < 0x80) return value;
            }
            throw new FormatException("a number is longer than ten bytes.");
        }
    }
}
