namespace Llkd.Documents;

/// <summary>
/// Walks a struct of Thrift's compact protocol (a Parquet footer is one) to see that it is well formed and ends where
/// its bytes do. Parquet.Net reads past the end of a damaged footer without noticing, and may then never come back.
/// </summary>
internal ref struct ThriftCheck(ReadOnlySpan<byte> bytes)
{
    private const int DeepestNesting = 64;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    /// <summary>Whether the bytes are one whole struct and nothing else.</summary>
    public static bool IsStruct(ReadOnlySpan<byte> bytes)
    {
        var check = new ThriftCheck(bytes);
        return check.Struct(0) && check._at == bytes.Length;
    }

    private bool Struct(int depth)
    {
        if (depth > DeepestNesting) return false;
        while (_at < _bytes.Length)
        {
            byte header = _bytes[_at++];
            if (header == 0) return true;
            int type = header & 15;
            // No difference to the field before: the number itself follows.
            if (header >> 4 == 0 && !Number(out _)) return false;
            // True and false stand in the header.
            if (type is not (1 or 2) && !Value(type, depth)) return false;
        }
        return false;
    }

    private bool Value(int type, int depth) => type switch
    {
        1 or 2 or 3 => Skip(1),
        4 or 5 or 6 => Number(out _),
        7 => Skip(8),
        8 => Number(out ulong length) && Skip(length),
        9 or 10 => Items(depth),
        11 => Map(depth),
        12 => Struct(depth + 1),
        _ => false,
    };

    private bool Items(int depth)
    {
        if (depth > DeepestNesting || _at >= _bytes.Length) return false;
        byte header = _bytes[_at++];
        ulong count = (ulong)(header >> 4);
        if (count == 15 && !Number(out count)) return false;
        return Repeat(count, header & 15, null, depth);
    }

    private bool Map(int depth)
    {
        if (depth > DeepestNesting || !Number(out ulong count)) return false;
        if (count == 0) return true;
        if (_at >= _bytes.Length) return false;
        byte types = _bytes[_at++];
        return Repeat(count, types >> 4, types & 15, depth);
    }

    private bool Repeat(ulong count, int first, int? second, int depth)
    {
        // Every item takes a byte at least.
        if (count > (ulong)(_bytes.Length - _at)) return false;
        for (ulong i = 0; i < count; i++)
            if (!Value(first, depth + 1) || second is { } type && !Value(type, depth + 1)) return false;
        return true;
    }

    private bool Skip(ulong count)
    {
        if (count > (ulong)(_bytes.Length - _at)) return false;
        _at += (int)count;
        return true;
    }

    private bool Number(out ulong value)
    {
        value = 0;
        for (int shift = 0; shift < 64 && _at < _bytes.Length; shift += 7)
        {
            byte part = _bytes[_at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return true;
        }
        return false;
    }
}
