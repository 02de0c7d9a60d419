using System.Buffers.Binary;
using System.Text;

namespace Llkd.Tokenizers.Tests;

/// <summary>Writes sentencepiece.bpe.model as SentencePiece does: unknown, begin and end of text, then the pieces.</summary>
internal static class SentencePieceFolder
{
    public static void Write(string folder, IEnumerable<(string Text, float Score)> pieces, byte[] charsMap, int kind = 1)
    {
        var file = new List<byte>();
        foreach ((string text, float score, int type) in new[] { ("<unk>", 0f, 2), ("<s>", 0f, 3), ("</s>", 0f, 3) }.Concat(pieces.Select(piece => (piece.Text, piece.Score, 1))))
        {
            byte[] bits = new byte[4];
            BinaryPrimitives.WriteSingleLittleEndian(bits, score);
            Message(file, 1, [.. Bytes(1, Encoding.UTF8.GetBytes(text)), 2 << 3 | 5, .. bits, 3 << 3, (byte)type]);
        }
        Message(file, 2, [3 << 3, (byte)kind]);
        Message(file, 3, [.. Bytes(1, "identity"u8.ToArray()), .. charsMap.Length > 0 ? Bytes(2, charsMap) : []]);
        File.WriteAllBytes(Path.Combine(folder, "sentencepiece.bpe.model"), [.. file]);
    }

    private static void Message(List<byte> file, int field, byte[] content) => file.AddRange(Bytes(field, content));

    private static byte[] Bytes(int field, byte[] content)
    {
        var bytes = new List<byte> { (byte)(field << 3 | 2) };
        int length = content.Length;
        for (; length >= 0x80; length >>= 7) bytes.Add((byte)(length | 0x80));
        return [.. bytes, (byte)length, .. content];
    }
}
