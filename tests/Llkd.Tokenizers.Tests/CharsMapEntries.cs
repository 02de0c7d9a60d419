using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Llkd.Tokenizers.Tests;

/// <summary>All entries of a precompiled map of characters in a dictionary, and the two ways in which it is applied.</summary>
internal sealed class CharsMapEntries
{
    private readonly Dictionary<string, string> _entries = new(StringComparer.Ordinal);
    private readonly uint[] _units;
    private readonly int _longest;

    public CharsMapEntries(byte[] map)
    {
        int bytes = BinaryPrimitives.ReadInt32LittleEndian(map);
        _units = [.. Enumerable.Range(0, bytes / 4).Select(i => BinaryPrimitives.ReadUInt32LittleEndian(map.AsSpan(4 + 4 * i)))];
        Walk(0, [], map.AsSpan(4 + bytes));
        _longest = _entries.Keys.Max(key => key.Length);
    }

    public int Count => _entries.Count;

    /// <summary>SentencePiece: at each place the longest entry counts.</summary>
    public string ByLongest(string text)
    {
        var result = new StringBuilder();
        for (int at = 0, length; at < text.Length; at += length)
        {
            length = Math.Min(_longest, text.Length - at);
            while (length > 0 && !_entries.ContainsKey(text.Substring(at, length))) length--;
            if (length > 0) result.Append(_entries[text.Substring(at, length)]);
            else result.Append(text[at]);
            length = Math.Max(length, 1);
        }
        return result.ToString();
    }

    /// <summary>Hugging Face: a grapheme below six bytes becomes what its shortest entry does; else each character counts alone.</summary>
    public string ByGrapheme(string text)
    {
        var result = new StringBuilder();
        TextElementEnumerator graphemes = StringInfo.GetTextElementEnumerator(text);
        while (graphemes.MoveNext())
        {
            string grapheme = graphemes.GetTextElement();
            string? shortest = Encoding.UTF8.GetByteCount(grapheme) < 6
                ? Enumerable.Range(1, grapheme.Length).Select(length => grapheme[..length]).FirstOrDefault(_entries.ContainsKey) : null;
            if (shortest is not null) result.Append(_entries[shortest]);
            else foreach (Rune rune in grapheme.EnumerateRunes()) result.Append(_entries.GetValueOrDefault(rune.ToString(), rune.ToString()));
        }
        return result.ToString();
    }

    private void Walk(uint node, byte[] key, ReadOnlySpan<byte> replacements)
    {
        uint unit = _units[node], children = node ^ ((unit >> 10) << (int)((unit & 0x200) >> 6));
        if ((unit & 0x100) != 0)
        {
            ReadOnlySpan<byte> replacement = replacements[(int)(_units[children] & 0x7FFFFFFF)..];
            _entries.Add(Encoding.UTF8.GetString(key), Encoding.UTF8.GetString(replacement[..replacement.IndexOf((byte)0)]));
        }
        for (uint b = 1; b < 256; b++)
            if ((children ^ b) < _units.Length && (_units[children ^ b] & 0x800000FF) == b) Walk(children ^ b, [.. key, (byte)b], replacements);
    }
}
