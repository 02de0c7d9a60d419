using System.Text;
using Llkd.Documents;

namespace Llkd.Cli.Commands;

/// <summary>
/// One text a line, as a table of one column; an empty line is an empty text, so that lines and answers keep their order.
/// </summary>
internal sealed class LineTable(Stream stream, string name) : ITable
{
    /// <summary>Longest line, in bytes: a file without line ends must not be taken into memory whole, whatever its size.</summary>
    private const int LongestLine = 1 << 26;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);
    private readonly BufferedStream _stream = new(stream, 1 << 16);
    private readonly List<byte> _bytes = [];
    private string _line = "";

    public string Name => name;
    public IReadOnlyList<string> Columns { get; } = ["text"];
    public long Row { get; private set; }
    public string? this[int column] => _line;
    public TableCell Cell(int column) => TableCell.Of(_line);

    public bool Read()
    {
        if (!ReadBytes()) return false;
        Row++;
        ReadOnlySpan<byte> bytes = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_bytes);
        if (Row == 1 && bytes.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF])) bytes = bytes[3..];
        if (bytes.EndsWith("\r"u8)) bytes = bytes[..^1];
        if (bytes.Contains((byte)0))
            throw new InputException($"{name}, row {Row} holds a NUL byte, which no text has; it may be a binary file or UTF-16.");
        try
        {
            _line = Strict.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new InputException($"{name}, row {Row} is not valid UTF-8; save it as UTF-8.", e);
        }
        return true;
    }

    public void Dispose() => _stream.Dispose();

    /// <summary>The bytes up to the next line feed; false at the end.</summary>
    private bool ReadBytes()
    {
        _bytes.Clear();
        int next = _stream.ReadByte();
        if (next < 0) return false;
        for (; next >= 0 && next != '\n'; next = _stream.ReadByte())
        {
            if (_bytes.Count == LongestLine)
                throw new InputException($"{name}, row {Row + 1} is longer than {LongestLine} bytes; is there one text a line?");
            _bytes.Add((byte)next);
        }
        return true;
    }
}
