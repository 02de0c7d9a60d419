using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Llkd.Students.Events;

/// <summary>
/// The few messages of TensorFlow's <c>event.proto</c> and <c>summary.proto</c> that a curve needs, encoded by hand
/// (five fields do not justify generated code), and the TFRecord frame around each.
/// </summary>
internal static class EventRecord
{
    private const int Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5;

    /// <summary>The first event of every file: Event { wall_time = 1, file_version = 3 }.</summary>
    public static byte[] FileVersion(DateTimeOffset time) => Event(time, 0, 3, "brain.Event:2"u8);

    /// <summary>Event { wall_time = 1, step = 2, session_log = 7 { status = 1: START (1) } }.</summary>
    public static byte[] SessionStart(DateTimeOffset time, long step) => Event(time, step, 7, [1 << 3 | Varint, 1]);

    /// <summary>Event { wall_time = 1, step = 2, summary = 5 { value = 1 { tag = 1, simple_value = 2 } } }.</summary>
    public static byte[] Scalar(DateTimeOffset time, long step, string tag, float number)
    {
        var value = new ArrayBufferWriter<byte>();
        Field(value, 1, Encoding.UTF8.GetBytes(tag));
        Key(value, 2, Fixed32);
        BinaryPrimitives.WriteSingleLittleEndian(value.GetSpan(sizeof(float)), number);
        value.Advance(sizeof(float));
        var summary = new ArrayBufferWriter<byte>();
        Field(summary, 1, value.WrittenSpan);
        return Event(time, step, 5, summary.WrittenSpan);
    }

    /// <summary>Appends a record: length, its checksum, the bytes, their checksum.</summary>
    public static void Write(ArrayBufferWriter<byte> output, ReadOnlySpan<byte> record)
    {
        Span<byte> frame = output.GetSpan(record.Length + 16);
        BinaryPrimitives.WriteUInt64LittleEndian(frame, (ulong)record.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[8..], MaskedChecksum(frame[..8]));
        record.CopyTo(frame[12..]);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[(12 + record.Length)..], MaskedChecksum(record));
        output.Advance(record.Length + 16);
    }

    /// <summary>CRC-32C, rotated and offset so that a checksum of data that holds checksums stays useful (TensorFlow's crc32c.h).</summary>
    private static uint MaskedChecksum(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in data) crc = BitOperations.Crc32C(crc, b);
        return BitOperations.RotateRight(~crc, 15) + 0xa282ead8;
    }

    private static byte[] Event(DateTimeOffset time, long step, int field, ReadOnlySpan<byte> content)
    {
        var output = new ArrayBufferWriter<byte>();
        Key(output, 1, Fixed64);
        BinaryPrimitives.WriteDoubleLittleEndian(output.GetSpan(sizeof(double)), (time - DateTimeOffset.UnixEpoch).TotalSeconds);
        output.Advance(sizeof(double));
        Key(output, 2, Varint);
        Number(output, (ulong)step);
        Field(output, field, content);
        return output.WrittenSpan.ToArray();
    }

    private static void Field(ArrayBufferWriter<byte> output, int field, ReadOnlySpan<byte> content)
    {
        Key(output, field, Bytes);
        Number(output, (ulong)content.Length);
        output.Write(content);
    }

    private static void Key(ArrayBufferWriter<byte> output, int field, int type) => Number(output, (ulong)(field << 3 | type));

    private static void Number(ArrayBufferWriter<byte> output, ulong value)
    {
        Span<byte> bytes = output.GetSpan(10);
        int length = 0;
        for (; value >= 0x80; value >>= 7) bytes[length++] = (byte)(value | 0x80);
        bytes[length++] = (byte)value;
        output.Advance(length);
    }
}
