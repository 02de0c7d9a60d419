using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Llkd.Documents;

/// <summary>
/// Identity of a text: the 128-bit XXH3 hash of its UTF-16 code units. Labels are journalled under it, so that equal
/// texts are paid for once and a changed row order changes nothing.
/// </summary>
/// <param name="High">Upper 64 bits.</param>
/// <param name="Low">Lower 64 bits.</param>
public readonly record struct DocumentKey(ulong High, ulong Low)
{
    /// <summary>Key of a text.</summary>
    public static DocumentKey Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        UInt128 hash = XxHash128.HashToUInt128(MemoryMarshal.AsBytes(text.AsSpan()));
        return new DocumentKey((ulong)(hash >> 64), (ulong)hash);
    }

    /// <summary>The 16 bytes, big-endian, as stored in the journal.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(8), Low);
        return bytes;
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    /// <exception cref="ArgumentException">The span does not have 16 bytes.</exception>
    public static DocumentKey FromBytes(ReadOnlySpan<byte> bytes) => bytes.Length == 16
        ? new DocumentKey(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]))
        : throw new ArgumentException("A document key has 16 bytes.", nameof(bytes));

    /// <summary>32 lower-case hexadecimal digits.</summary>
    public override string ToString() => $"{High:x16}{Low:x16}";
}
