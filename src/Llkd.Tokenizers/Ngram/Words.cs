using System.Globalization;
using System.Text;

namespace Llkd.Tokenizers;

/// <summary>
/// Cuts a text into words: runs of letters, digits and marks. Every other visible character, and every character of a
/// script written without spaces (Han, kana, Thai, …), is a word of its own. Invisible format characters and variation
/// selectors belong to the word around them, and are no words by themselves.
/// </summary>
internal static class Words
{
    private enum Kind { Space, Joiner, Word, Single }

    /// <summary>The next word.</summary>
    /// <param name="rest">What is left of the text; moved past the word.</param>
    /// <param name="word">The word, a part of <paramref name="rest"/> as it was.</param>
    /// <returns>Whether there was one.</returns>
    public static bool Next(ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> word)
    {
        int start = 0;
        while (start < rest.Length)
        {
            Kind kind = KindAt(rest, start, out int length);
            if (kind is Kind.Space or Kind.Joiner)
            {
                start += length;
                continue;
            }
            int end = start + length;
            if (kind == Kind.Word) end = EndOfRun(rest, end);
            word = rest[start..end];
            rest = rest[end..];
            return true;
        }
        rest = [];
        word = default;
        return false;
    }

    /// <summary>Joiners belong to the run only where it goes on behind them.</summary>
    private static int EndOfRun(ReadOnlySpan<char> text, int end)
    {
        int at = end;
        while (at < text.Length)
        {
            Kind kind = KindAt(text, at, out int length);
            if (kind is not (Kind.Word or Kind.Joiner)) break;
            at += length;
            if (kind == Kind.Word) end = at;
        }
        return end;
    }

    private static Kind KindAt(ReadOnlySpan<char> text, int index, out int length)
    {
        Rune.DecodeFromUtf16(text[index..], out Rune rune, out length);
        if (rune.IsAscii)
            return Rune.IsLetterOrDigit(rune) ? Kind.Word : Rune.IsWhiteSpace(rune) || Rune.IsControl(rune) ? Kind.Space : Kind.Single;
        if (Rune.IsWhiteSpace(rune) || Rune.IsControl(rune)) return Kind.Space;
        if (IsVariationSelector(rune.Value)) return Kind.Joiner;
        if (IsWrittenWithoutSpaces(rune.Value)) return Kind.Single;
        UnicodeCategory category = Rune.GetUnicodeCategory(rune);
        return category <= UnicodeCategory.OtherNumber ? Kind.Word : category == UnicodeCategory.Format ? Kind.Joiner : Kind.Single;
    }

    private static bool IsVariationSelector(int c) => c is >= 0xFE00 and <= 0xFE0F or >= 0xE0100 and <= 0xE01EF;

    /// <summary>Thai, Lao, Myanmar, Khmer; kana; Han with its extensions.</summary>
    private static bool IsWrittenWithoutSpaces(int c) =>
        c is >= 0x0E00 and <= 0x0EFF or >= 0x1000 and <= 0x109F or >= 0x1780 and <= 0x17FF
            or >= 0x3040 and <= 0x30FF or >= 0x3400 and <= 0x4DBF or >= 0x4E00 and <= 0x9FFF
            or >= 0xF900 and <= 0xFAFF or >= 0x20000 and <= 0x3FFFF;
}
