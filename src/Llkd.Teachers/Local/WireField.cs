using System.Text;

namespace Llkd.Teachers.Local;

/// <summary>
/// One field of a message in protobuf's wire format (https://protobuf.dev/programming-guides/encoding), as a place in the
/// file's bytes: a model's weights are hundreds of megabytes that nobody here needs a copy of.
/// </summary>
/// <param name="Number">The field's number.</param>
/// <param name="Start">Where it begins, its tag included.</param>
/// <param name="Content">Where its content begins; of a number, the number itself.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Value">A number's value.</param>
internal readonly record struct WireField(int Number, int Start, int Content, int End, ulong Value)
{
    private const int Varint = 0, Fixed64 = 1, LengthDelimited = 2, Fixed32 = 5;

    /// <summary>The fields of the message between two places.</summary>
    /// <exception cref="InvalidDataException">It is no message.</exception>
    public static List<WireField> Of(MappedBytes bytes, int start, int end)
    {
        var fields = new List<WireField>();
        for (int at = start; at < end;)
        {
            int first = at;
            ulong tag = ReadNumber(bytes, ref at, end), value = 0;
            int content = at;
            switch ((int)(tag & 7))
            {
                case Varint: value = ReadNumber(bytes, ref at, end); break;
                case Fixed64: at += 8; break;
                case Fixed32: at += 4; break;
                case LengthDelimited:
                    ulong length = ReadNumber(bytes, ref at, end);
                    content = at;
                    if (length > (ulong)(end - at)) throw new InvalidDataException("A field ends behind its message.");
                    at += (int)length;
                    break;
                default: throw new InvalidDataException("A field of an unknown kind.");
            }
            if (at > end || tag >> 3 is 0 or > int.MaxValue) throw new InvalidDataException("A field ends behind its message, or has no number.");
            fields.Add(new WireField((int)(tag >> 3), first, content, at, value));
        }
        return fields;
    }

    /// <summary>The content as text.</summary>
    public string Text(MappedBytes bytes) => Encoding.UTF8.GetString(bytes.Read(Content, End));

    /// <summary>The fields of the message that is the content.</summary>
    public List<WireField> Fields(MappedBytes bytes) => Of(bytes, Content, End);

    /// <summary>A field that holds a number.</summary>
    public static byte[] Made(int field, long value) => [.. Bytes((ulong)field << 3 | Varint), .. Bytes((ulong)value)];

    /// <summary>A field that holds a text.</summary>
    public static byte[] Made(int field, string text) => Made(field, Encoding.UTF8.GetBytes(text));

    /// <summary>A field that holds bytes or a message, from its parts.</summary>
    public static byte[] Made(int field, params ReadOnlySpan<byte[]> parts)
    {
        byte[] content = [.. parts.ToArray().SelectMany(part => part)];
        return [.. Head(field, content.Length), .. content];
    }

    /// <summary>What stands before a field of bytes.</summary>
    public static byte[] Head(int field, long length) => [.. Bytes((ulong)field << 3 | LengthDelimited), .. Bytes((ulong)length)];

    private static ulong ReadNumber(MappedBytes bytes, ref int at, int end)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64 && at < end; shift += 7)
        {
            byte next = bytes[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
        throw new InvalidDataException("A number without an end.");
    }

    private static List<byte> Bytes(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return bytes;
    }
}
