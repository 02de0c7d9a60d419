using System.Buffers.Binary;
using System.Text;
using Llkd.Documents;

namespace Llkd.Tokenizers;

/// <summary>A piece of a SentencePiece vocabulary.</summary>
/// <param name="Text">Its spelling; U+2581 stands for a space.</param>
/// <param name="Score">Unigram: its log-probability; BPE: the higher, the earlier it is merged.</param>
/// <param name="Type">One of the constants.</param>
internal sealed record SentencePiece(string Text, float Score, int Type)
{
    public const int Normal = 1, Unknown = 2, Control = 3, UserDefined = 4;
}

/// <summary>
/// SentencePiece's own file: a protocol buffer of pieces with their scores and of how they were trained. Field numbers are
/// those of sentencepiece_model.proto (https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto).
/// </summary>
internal sealed class SentencePieceFile
{
    /// <summary>Kinds of model.</summary>
    public const int Unigram = 1, Bpe = 2;

    private SentencePieceFile()
    {
    }

    public List<SentencePiece> Pieces { get; } = [];

    public int Kind { get; private set; } = Unigram;

    public bool ByteFallback { get; private set; }

    /// <summary>Whether the visible space stands behind a word instead of before it.</summary>
    public bool EndsWordsWithSpace { get; private set; }

    /// <summary>Whether a text gets a space in front.</summary>
    public bool AddsPrefixSpace { get; private set; } = true;

    /// <summary>Whether spaces at the ends go, and those in a row become one.</summary>
    public bool RemovesExtraSpaces { get; private set; } = true;

    /// <summary>The table of <see cref="Normalizers.PrecompiledCharsMap"/>; empty where texts are not normalised.</summary>
    public byte[] CharsMap { get; private set; } = [];

    /// <exception cref="InputException">It is missing, or no SentencePiece model.</exception>
    public static SentencePieceFile Read(string path)
    {
        ReadOnlySpan<byte> file = InputFile.ReadBytes(path);
        var contents = new SentencePieceFile();
        try
        {
            while (!file.IsEmpty)
            {
                Field field = Field.Next(ref file);
                if (field.Number == 1) contents.Pieces.Add(ReadPiece(field.Bytes));
                else if (field.Number == 2) contents.ReadTrainerSpec(field.Bytes);
                else if (field.Number == 3) contents.ReadNormalizerSpec(field.Bytes);
            }
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw new InputException($"{path} is not a SentencePiece model: {e.Message}", e);
        }
        return contents.Pieces.Count > 0 ? contents : throw new InputException($"{path} is not a SentencePiece model: it has no pieces.");
    }

    private static SentencePiece ReadPiece(ReadOnlySpan<byte> message)
    {
        (string text, float score, int type) = ("", 0, SentencePiece.Normal);
        while (!message.IsEmpty)
        {
            Field field = Field.Next(ref message);
            if (field.Number == 1) text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(field.Bytes);
            else if (field.Number == 2) score = BitConverter.UInt32BitsToSingle((uint)field.Value);
            else if (field.Number == 3) type = (int)field.Value;
        }
        return new SentencePiece(text, score, type);
    }

    private void ReadTrainerSpec(ReadOnlySpan<byte> message)
    {
        while (!message.IsEmpty)
        {
            Field field = Field.Next(ref message);
            if (field.Number == 3) Kind = (int)field.Value;
            else if (field.Number == 24) EndsWordsWithSpace = field.Value != 0;
            else if (field.Number == 35) ByteFallback = field.Value != 0;
        }
    }

    private void ReadNormalizerSpec(ReadOnlySpan<byte> message)
    {
        while (!message.IsEmpty)
        {
            Field field = Field.Next(ref message);
            if (field.Number == 2) CharsMap = field.Bytes.ToArray();
            else if (field.Number == 3) AddsPrefixSpace = field.Value != 0;
            else if (field.Number == 4) RemovesExtraSpaces = field.Value != 0;
        }
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
