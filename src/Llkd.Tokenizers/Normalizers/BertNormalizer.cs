using System.Globalization;
using System.Text;
using Llkd.Tokenizers.Pipeline;
using Llkd.Tokenizers.Unicode;

namespace Llkd.Tokenizers.Normalizers;

/// <summary>What BERT does to a text before it is split, in the order of Hugging Face's fast tokenizer.</summary>
/// <param name="cleanText">Drops control characters, and makes all white space a space.</param>
/// <param name="splitChinese">Puts spaces around Chinese characters.</param>
/// <param name="stripAccents">Drops accents.</param>
/// <param name="lowerCase">Makes letters small.</param>
internal sealed class BertNormalizer(bool cleanText, bool splitChinese, bool stripAccents, bool lowerCase) : Normalizer
{
    public override string Normalize(string text)
    {
        if (Ascii.IsValid(text)) return NormalizeAscii(text);
        if (cleanText || splitChinese) text = CleanAndSplit(text);
        if (stripAccents) text = Accents.Strip(text);
        return lowerCase ? LowerCase.Of(text) : text;
    }

    private string NormalizeAscii(string text)
    {
        if (cleanText && (text.AsSpan().ContainsAnyInRange('\0', '\x1F') || text.Contains('\x7F', StringComparison.Ordinal))) text = CleanAndSplit(text);
        return lowerCase ? text.ToLowerInvariant() : text;
    }

    private string CleanAndSplit(string text)
    {
        var result = new StringBuilder(text.Length + 16);
        Span<char> units = stackalloc char[2];
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (cleanText && IsDropped(rune)) continue;
            bool chinese = splitChinese && IsChinese(rune.Value);
            if (chinese) result.Append(' ');
            if (cleanText && Rune.IsWhiteSpace(rune)) result.Append(' ');
            else result.Append(units[..rune.EncodeToUtf16(units)]);
            if (chinese) result.Append(' ');
        }
        return result.ToString();
    }

    /// <summary>NUL, the replacement character, and all that is control, format or private use.</summary>
    private static bool IsDropped(Rune rune)
    {
        if (rune.Value is '\t' or '\n' or '\r') return false;
        return rune.Value is 0 or 0xFFFD
            || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse;
    }

    /// <summary>The blocks of Han characters that BERT names: neither kana nor hangul, nor what Unicode added later.</summary>
    private static bool IsChinese(int c) =>
        c is >= 0x4E00 and <= 0x9FFF or >= 0x3400 and <= 0x4DBF or >= 0x20000 and <= 0x2A6DF or >= 0x2A700 and <= 0x2B73F
            or >= 0x2B740 and <= 0x2B81F or >= 0x2B820 and <= 0x2CEAF or >= 0xF900 and <= 0xFAFF or >= 0x2F800 and <= 0x2FA1F;
}

/// <summary>Decomposes a text and drops its non-spacing marks.</summary>
internal static class Accents
{
    public static string Strip(string text) => Drop(CanonicalDecomposition.Decompose(text));

    /// <summary>Drops the non-spacing marks that stand in the text as they are.</summary>
    public static string Drop(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\u0300', '\uFFFF')) return text;
        var result = new StringBuilder(text.Length);
        Span<char> units = stackalloc char[2];
        foreach (Rune rune in text.EnumerateRunes())
            if (Rune.GetUnicodeCategory(rune) != UnicodeCategory.NonSpacingMark) result.Append(units[..rune.EncodeToUtf16(units)]);
        return result.ToString();
    }
}

/// <summary>Small letters, each character by itself: no final sigma, as in Hugging Face's fast tokenizers.</summary>
internal static class LowerCase
{
    /// <summary>The only character whose small form is two: i and a dot above.</summary>
    private const char DottedCapitalI = 'İ';

    public static string Of(string text) => text.ToLowerInvariant().Replace(DottedCapitalI.ToString(), "i\u0307", StringComparison.Ordinal);
}
