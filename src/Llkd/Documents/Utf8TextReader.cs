using System.Buffers;
using System.Text.Unicode;

namespace Llkd.Documents;

/// <summary>
/// Decodes UTF-8 strictly. What stands before a damaged byte is delivered first and the error comes with the next
/// read, so that a parser that asks for more only when its current record is incomplete can name the record.
/// </summary>
internal sealed class Utf8TextReader(Stream stream) : TextReader
{
    private readonly byte[] _bytes = new byte[32 * 1024];
    private readonly char[] _chars = new char[32 * 1024];
    private int _byteStart, _byteEnd, _charStart, _charEnd;
    private bool _started, _ended;

    public override int Peek() => Fill() ? _chars[_charStart] : -1;

    public override int Read() => Fill() ? _chars[_charStart++] : -1;

    public override int Read(char[] buffer, int index, int count) => Read(buffer.AsSpan(index, count));

    public override int Read(Span<char> buffer)
    {
        if (buffer.IsEmpty || !Fill()) return 0;
        int count = Math.Min(buffer.Length, _charEnd - _charStart);
        _chars.AsSpan(_charStart, count).CopyTo(buffer);
        _charStart += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) stream.Dispose();
        base.Dispose(disposing);
    }

    private bool Fill()
    {
        if (_charStart < _charEnd) return true;
        while (true)
        {
            if (!_ended) FillBytes();
            if (_byteStart == _byteEnd && _ended) return false;
            ReadOnlySpan<byte> source = _bytes.AsSpan(_byteStart, _byteEnd - _byteStart);
            int nul = source.IndexOf((byte)0);
            if (nul == 0) throw new DamagedTextException("holds a NUL byte, which no text has; it may be a binary file or UTF-16");
            if (nul > 0) source = source[..nul];
            OperationStatus status = Utf8.ToUtf16(
                source, _chars, out int read, out int written, replaceInvalidSequences: false, isFinalBlock: _ended || nul > 0);
            _byteStart += read;
            if (written > 0)
            {
                (_charStart, _charEnd) = (0, written);
                return true;
            }
            if (status == OperationStatus.InvalidData || _ended)
                throw new DamagedTextException($"is not valid UTF-8 (byte 0x{_bytes[_byteStart]:x2}); save it as UTF-8");
        }
    }

    private void FillBytes()
    {
        if (_byteStart > 0)
        {
            Buffer.BlockCopy(_bytes, _byteStart, _bytes, 0, _byteEnd - _byteStart);
            (_byteStart, _byteEnd) = (0, _byteEnd - _byteStart);
        }
        // The first fill reads three bytes at least, so that a byte order mark is seen whole.
        do
        {
            int read = stream.Read(_bytes, _byteEnd, _bytes.Length - _byteEnd);
            if (read == 0) _ended = true;
            _byteEnd += read;
        } while (!_started && !_ended && _byteEnd < 3);
        if (_started) return;
        _started = true;
        ReadOnlySpan<byte> head = _bytes.AsSpan(0, _byteEnd);
        if (head.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF])) _byteStart = 3;
        else if (head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || head.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            throw new DamagedTextException("is UTF-16 by its byte order mark; save it as UTF-8");
    }
}

/// <summary>Bytes that are no UTF-8 text. The table that meets it names file and row.</summary>
internal sealed class DamagedTextException(string message) : Exception(message);
