using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;

namespace Llkd.Teachers.Prototype;

/// <summary>
/// Features of a text: lower-cased words, pairs of neighbouring words, and runs of 3 to 5 characters within a word
/// marked at both ends (so that "walks" and "walking" share some). A word is a run of letters, digits and combining
/// marks; where a script writes no spaces (Chinese, Japanese) every character is a word.
/// A feature is a 64-bit key: its kind in the upper two bits, a hash of its characters below.
/// </summary>
internal static class TextFeatures
{
    /// <summary>Kinds of features, in the upper two bits of the key.</summary>
    internal enum Kind : ulong { Word = 0, WordPair = 1, Characters = 2 }

    private const int ShortestRun = 3, LongestRun = 5;

    /// <summary>A longer word (an encoded file, a run-on) is cut here, in UTF-16 code units.</summary>
    private const int LongestWord = 64;

    /// <summary>Kind of a feature.</summary>
    public static Kind KindOf(ulong key) => (Kind)(key >> 62);

    /// <summary>Adds every occurrence of every feature of the text to the list, in the order of the text.</summary>
    public static void Add(string text, List<ulong> features)
    {
        Span<char> word = stackalloc char[LongestWord + 2];
        word[0] = '<';
        int length = 1;
        ulong previous = 0;
        bool hasPrevious = false;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool alone = IsWrittenWithoutSpaces(rune.Value);
            bool belongs = alone || IsWordCharacter(rune);
            if ((alone || !belongs) && length > 1)
            {
                EndWord(word, length, features, ref previous, ref hasPrevious);
                length = 1;
            }
            if (!belongs) continue;
            if (length + 2 <= LongestWord + 1) length += Rune.ToLowerInvariant(rune).EncodeToUtf16(word[length..]);
            if (alone)
            {
                EndWord(word, length, features, ref previous, ref hasPrevious);
                length = 1;
            }
        }
        if (length > 1) EndWord(word, length, features, ref previous, ref hasPrevious);
    }

    private static void EndWord(Span<char> buffer, int length, List<ulong> features, ref ulong previous, ref bool hasPrevious)
    {
        buffer[length] = '>';
        ReadOnlySpan<char> marked = buffer[..(length + 1)];
        ulong word = XxHash3.HashToUInt64(MemoryMarshal.AsBytes(marked));
        features.Add(KeyOf(Kind.Word, word));
        if (hasPrevious)
            features.Add(KeyOf(Kind.WordPair, XxHash3.HashToUInt64(MemoryMarshal.AsBytes<ulong>([previous, word]))));
        previous = word;
        hasPrevious = true;
        for (int run = ShortestRun; run <= LongestRun; run++)
        {
            // A run that is the whole marked word would only repeat the word.
            for (int start = 0; start + run <= marked.Length && run < marked.Length; start++)
                features.Add(KeyOf(Kind.Characters, XxHash3.HashToUInt64(MemoryMarshal.AsBytes(marked.Slice(start, run)))));
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
