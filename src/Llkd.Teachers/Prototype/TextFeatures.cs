using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;

namespace Llkd.Teachers.Prototype;

/// <summary>
/// Features of a text: lower-cased words, pairs of neighbouring words, and runs of 3 to 5 characters within a word
/// marked at both ends (so that "walks" and "walking" share some). A word is a run of letters, digits and combining
/// marks; where a script writes no spaces (Chinese, Japanese) every character is a word.
/// A feature is a 64-bit key: its kind in the upper two bits, a hash of its characters below. Holds one text after another; for
/// one thread.
/// </summary>
internal sealed class TextFeatures
{
    /// <summary>Kinds of features, in the upper two bits of the key.</summary>
    internal enum Kind : ulong { Word = 0, WordPair = 1, Characters = 2 }

    private const int ShortestRun = 3, LongestRun = 5;

    /// <summary>A longer word (an encoded file, a run-on) is cut here, in UTF-16 code units.</summary>
    private const int LongestWord = 64;

    private readonly List<ulong> _words = [], _pairs = [], _characters = [];
    private readonly ulong[] _pair = new ulong[2];

    /// <summary>Number of features of all kinds, repetitions counted.</summary>
    public int Count => _words.Count + _pairs.Count + _characters.Count;

    /// <summary>Features of one kind, every occurrence, in the order of the text; may be sorted in place.</summary>
    public List<ulong> this[Kind kind] => kind switch
    {
        Kind.Word => _words,
        Kind.WordPair => _pairs,
        _ => _characters,
    };

    /// <summary>Takes a text in, in the place of the one before.</summary>
    public void Read(string text)
    {
        _words.Clear();
        _pairs.Clear();
        _characters.Clear();
        Span<char> word = stackalloc char[LongestWord + 2];
        word[0] = '<';
        int length = 1;
        for (int at = 0; at < text.Length;)
        {
            char c = text[at];
            if (char.IsAscii(c))
            {
                at++;
                if (!char.IsAsciiLetterOrDigit(c))
                {
                    if (length > 1) EndWord(word, length);
                    length = 1;
                }
                else if (length + 2 <= LongestWord + 1)
                {
                    word[length++] = char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c;
                }
                continue;
            }
            Rune.DecodeFromUtf16(text.AsSpan(at), out Rune rune, out int units);
            at += units;
            bool alone = IsWrittenWithoutSpaces(rune.Value);
            bool belongs = alone || IsWordCharacter(rune);
            if ((alone || !belongs) && length > 1)
            {
                EndWord(word, length);
                length = 1;
            }
            if (!belongs) continue;
            if (length + 2 <= LongestWord + 1) length += Rune.ToLowerInvariant(rune).EncodeToUtf16(word[length..]);
            if (alone)
            {
                EndWord(word, length);
                length = 1;
            }
        }
        if (length > 1) EndWord(word, length);
    }

    private void EndWord(Span<char> buffer, int length)
    {
        buffer[length] = '>';
        ReadOnlySpan<char> marked = buffer[..(length + 1)];
        ulong word = XxHash3.HashToUInt64(MemoryMarshal.AsBytes(marked));
        if (_words.Count > 0)
        {
            _pair[1] = word;
            _pairs.Add(KeyOf(Kind.WordPair, XxHash3.HashToUInt64(MemoryMarshal.AsBytes(_pair.AsSpan()))));
        }
        _words.Add(KeyOf(Kind.Word, word));
        _pair[0] = word;
        for (int run = ShortestRun; run <= LongestRun; run++)
        {
            // A run that is the whole marked word would only repeat the word.
            for (int start = 0; start + run <= marked.Length && run < marked.Length; start++)
                _characters.Add(KeyOf(Kind.Characters, XxHash3.HashToUInt64(MemoryMarshal.AsBytes(marked.Slice(start, run)))));
        }
    }

    private static ulong KeyOf(Kind kind, ulong hash) => ((ulong)kind << 62) | (hash >> 2);

    private static bool IsWordCharacter(Rune rune) =>
        Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    /// <summary>Han, Hiragana and Katakana.</summary>
    private static bool IsWrittenWithoutSpaces(int code) =>
        code is >= 0x3041 and <= 0x30FF or >= 0x3400 and <= 0x4DBF or >= 0x4E00 and <= 0x9FFF
            or >= 0xF900 and <= 0xFAFF or >= 0x20000 and <= 0x3FFFF;
}
