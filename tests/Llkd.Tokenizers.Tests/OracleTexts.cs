using System.Globalization;
using System.Text;
using CsCheck;

namespace Llkd.Tokenizers.Tests;

/// <summary>More than 20,000 texts: real ones, and generated ones of every plane and of mixed scripts.</summary>
internal static class OracleTexts
{
    public static readonly string[] Data = ["emotions", "trec", "banking77", "snips", "sst2"];

    /// <summary>
    /// Left out: characters on which JavaScript and Rust differ, where Rust is followed (U+0085 and U+FEFF in \s; sigma,
    /// whose small form at a word's end JavaScript chooses), lone surrogates, and characters of a Unicode newer than .NET knows.
    /// </summary>
    private static readonly Gen<string> Piece = Gen.Frequency(
        (6, Gen.Char[' ', '~'].Select(c => c.ToString())),
        (2, Gen.OneOf(
            "<s>", "</s>", " <mask>", "<mask>", "<pad>", "<unk>", "[CLS]", "[MASK]", " [SEP] ", "[UNK]", "<", "'s", "'ll", "'LL", "\n", "\r\n", "\t", "  ", "   ",
            "\u00a0", "\u3000", "\u200d", "\u200b", "\ufe0f", "\u0301", "\u0327\u0301", "\0", "\u0007", "\ufffd", "▁", "123", "2024", "$", "…", "—")),
        (2, Gen.OneOf("the", " of", " Zürich", " naïve", " 東京", " привет", " İstanbul", " ﬁne", " 한국어", " हिन्दी", " عربي", " ไทย", "👩‍🚀", "🇩🇪", " don't")),
        (2, Rune(0xA1, 0x2FFF)), (1, Rune(0x3041, 0x9FFF)), (1, Rune(0xAC00, 0xD7A3)), (1, Rune(0xD7B0 + 0x2050, 0xFFFD)),
        (1, Rune(0x1F300, 0x1F64F)), (1, Rune(0x10000, 0x1FFFF)), (1, Rune(0x20000, 0x2FFFF)), (1, Rune(0x30000, 0xDFFFF)), (1, Rune(0xE0000, 0x10FFFF)));

    /// <summary>All texts; the seed of the generated ones is CsCheck's, and printed where a test fails.</summary>
    public static List<string> All()
    {
        List<string> texts = [.. Data.SelectMany(name => SharedData.Texts(name).Take(3400))];
        Piece.Array[0, 24].Select(string.Concat).Array[5000].Sample(texts.AddRange, iter: 1);
        Assert.True(texts.Count >= 20_000, $"There are only {texts.Count} texts.");
        return texts;
    }

    private static Gen<string> Rune(int first, int last)
    {
        string[] assigned = [.. Enumerable.Range(first, last - first + 1).Where(c => c is < 0xD800 or > 0xDFFF && IsAssigned(c)).Select(char.ConvertFromUtf32)];
        return Gen.Int[0, assigned.Length - 1].Select(i => assigned[i]);
    }

    private static bool IsAssigned(int c) =>
        CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.OtherNotAssigned && c is not (0x85 or 0xFEFF or 0x3A3);
}
