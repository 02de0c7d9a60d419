using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Llkd.Tokenizers.Pipeline;

namespace Llkd.Tokenizers.Normalizers;

/// <summary>
/// SentencePiece's normalisation by a table that the vocabulary brings (nmt_nfkc, as a rule): a trie of UTF-8 strings as
/// a double array (the darts-clone format), and what they become. As with Hugging Face, a grapheme of fewer than six
/// bytes is looked up whole, and its shortest entry replaces all of it; else each character is looked up. SentencePiece
/// itself takes the longest entry at each place; the two differ on some letters written with marks of their own.
/// </summary>
internal sealed class PrecompiledCharsMap : Normalizer
{
    private const int ShortGrapheme = 6;
    private readonly uint[] _trie;
    private readonly byte[] _replacements;

    /// <summary>Reads a table: the trie's length in bytes, the trie, the replacements, each ended by a zero byte.</summary>
    /// <exception cref="InputException">It is no such table.</exception>
    public PrecompiledCharsMap(byte[] table, string where)
    {
        if (table.Length < 4) throw new InputException($"{where}: `precompiled_charsmap` is too short to be a table.");
        uint bytes = BinaryPrimitives.ReadUInt32LittleEndian(table);
        if (bytes % 4 != 0 || bytes > table.Length - 4) throw new InputException($"{where}: `precompiled_charsmap` is damaged: its trie is longer than the table.");
        _trie = new uint[bytes / 4];
        for (int i = 0; i < _trie.Length; i++) _trie[i] = BinaryPrimitives.ReadUInt32LittleEndian(table.AsSpan(4 + 4 * i));
        _replacements = table[(4 + (int)bytes)..];
    }

    public override string Normalize(string text)
    {
        var result = new StringBuilder(text.Length + 8);
        ReadOnlySpan<char> rest = text;
        Span<byte> utf8 = stackalloc byte[3 * ShortGrapheme];
        while (!rest.IsEmpty)
        {
            ReadOnlySpan<char> grapheme = rest[..StringInfo.GetNextTextElementLength(rest)];
            rest = rest[grapheme.Length..];
            if (grapheme.Length < ShortGrapheme)
            {
                int count = Encoding.UTF8.GetBytes(grapheme, utf8);
                if (count < ShortGrapheme && Find(utf8[..count], out ReadOnlySpan<byte> whole))
                {
                    result.Append(Encoding.UTF8.GetString(whole));
                    continue;
                }
            }
            foreach (Rune rune in grapheme.EnumerateRunes())
            {
                if (Find(utf8[..rune.EncodeToUtf8(utf8)], out ReadOnlySpan<byte> replacement)) result.Append(Encoding.UTF8.GetString(replacement));
                else result.Append(rune.ToString());
            }
        }
        return result.ToString();
    }

    /// <summary>What the shortest entry at the start of a key becomes.</summary>
    private bool Find(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> replacement)
    {
        replacement = default;
        if (_trie.Length == 0) return false;
        uint node = Offset(_trie[0]);
        foreach (byte b in key)
        {
            // Keys hold no zero byte: it would step to a leaf.
            if (b == 0) return false;
            node ^= b;
            if (node >= _trie.Length) return false;
            uint unit = _trie[node];
            if ((unit & 0x800000FF) != b) return false;
            node ^= Offset(unit);
            if ((unit & 0x100) == 0) continue;
            if (node >= _trie.Length) return false;
            int start = (int)(_trie[node] & 0x7FFFFFFF);
            if (start > _replacements.Length) return false;
            ReadOnlySpan<byte> tail = _replacements.AsSpan(start);
            int end = tail.IndexOf((byte)0);
            replacement = end < 0 ? tail : tail[..end];
            return true;
        }
        return false;
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);
}
