using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Llkd.Students.Export;

/// <summary>
/// A message in protobuf's wire format (https://protobuf.dev/programming-guides/encoding). Only its small parts are
/// copied: arrays of weights are kept by reference and go to the stream from where they are, because a length must be
/// known before what it counts, and a second copy of a model's weights would not be small.
/// </summary>
internal sealed class OnnxMessage
{
    private const int Varint = 0, LengthDelimited = 2, Fixed32 = 5;

    private readonly List<Array> _parts = [];

    /// <summary>Length in bytes.</summary>
    public long Length { get; private set; }

    public OnnxMessage Number(int field, long value)
    {
        Add((byte[])[.. Bytes(Tag(field, Varint)), .. Bytes((ulong)value)]);
        return this;
    }

    public OnnxMessage Real(int field, float value)
    {
        byte[] bits = new byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bits, value);
        Add((byte[])[.. Bytes(Tag(field, Fixed32)), .. bits]);
        return this;
    }

    public OnnxMessage Text(int field, string value) => Packed(field, Encoding.UTF8.GetBytes(value));

    /// <summary>Numbers in their machine form, which is little-endian everywhere .NET runs on and libtorch exists for.</summary>
    public OnnxMessage Packed<T>(int field, T[] values) where T : unmanaged
    {
        Head(field, Buffer.ByteLength(values));
        if (values.Length > 0) Add(values);
        return this;
    }

    public OnnxMessage Message(int field, OnnxMessage inner)
    {
        Head(field, inner.Length);
        _parts.AddRange(inner._parts);
        Length += inner.Length;
        return this;
    }

    public void WriteTo(Stream stream)
    {
        foreach (Array part in _parts)
            stream.Write(MemoryMarshal.CreateReadOnlySpan(ref MemoryMarshal.GetArrayDataReference(part), Buffer.ByteLength(part)));
    }

    private void Head(int field, long length) => Add((byte[])[.. Bytes(Tag(field, LengthDelimited)), .. Bytes((ulong)length)]);

    private void Add(Array part)
    {
        _parts.Add(part);
        Length += Buffer.ByteLength(part);
    }

    private static ulong Tag(int field, int wireType) => (ulong)(field << 3 | wireType);

    private static List<byte> Bytes(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return bytes;
    }
}
