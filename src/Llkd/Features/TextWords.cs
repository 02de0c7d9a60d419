using System.Globalization;
using System.Text;

namespace Llkd.Features;

/// <summary>
/// The words that TF-IDF counts: lower-cased runs of letters, digits and combining marks; a Han character or kana is a
/// word of its own, since nothing parts words there. Punctuation is no word.
/// </summary>
public static class TextWords
{
    /// <summary>The words of a text, in order.</summary>
    public static List<string> Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var words = new List<string>();
        int start = -1, at = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool alone = IsWrittenWithoutSpaces(rune.Value);
            bool belongs = !alone && IsWordCharacter(rune);
            if (belongs && start < 0) start = at;
            if (!belongs && start >= 0)
            {
                words.Add(text[start..at].ToLowerInvariant());
                start = -1;
            }
            if (alone) words.Add(rune.ToString());
            at += rune.Utf16SequenceLength;
        }
        if (start >= 0) words.Add(text[start..].ToLowerInvariant());
        return words;
    }

    private static bool IsWordCharacter(Rune rune) =>
        Rune.IsLetterOrDigit(rune)
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    private static bool IsWrittenWithoutSpaces(int code) =>
        code is >= 0x3041 and <= 0x30FF or >= 0x3400 and <= 0x4DBF or >= 0x4E00 and <= 0x9FFF
            or >= 0xF900 and <= 0xFAFF or >= 0x20000 and <= 0x3FFFF;
}
