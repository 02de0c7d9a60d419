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

    /// <summary>What maps of characters change, and what is hard to cut: spaces of all kinds, control characters, marks, forms of compatibility, every plane.</summary>
    private static readonly Gen<string> OddPiece = Gen.Frequency(
        (6, Gen.OneOf("the", " of", " Zürich", " naïve", " 東京", " привет", " İstanbul", " ﬁne", " 한국어", " हिन्दी", " عربي", " ไทย", "👩‍🚀", "🇩🇪", " DON'T", " Σίσυφος", " ΌΣ")),
        (4, Gen.Char[' ', '~'].Select(c => c.ToString())),
        (4, Gen.OneOf(" ", "  ", "     ", "\t", "\f", "\v", "\u0085", "\u00a0", "\u00ad", "\u1680", "\u180e", "\u2009", "\u200b", "\u200c", "\u200d", "\u200e", "\u2028", "\u202f", "\u2060", "\u3000", "\ufeff", "\ufffd")),
        (1, Gen.OneOf("▁", "▁▁", " ▁", "<0x41>", "½", "①", "㌔", "㍿", "ſ", "ẞ", "ŉ", "№", "…", "¨", "´", "e\u0301", "u\u0308", "n\u0303o", "α\u0301", "и\u0306")),
        (1, Rune(0x01, 0x1F)), (1, Rune(0x7F, 0x9F)), (1, Rune(0xC0, 0x24F)), (2, Rune(0x300, 0x36F)), (1, Rune(0x370, 0x58F)), (1, Rune(0x591, 0xDFF)),
        (1, Rune(0x1100, 0x11FF)), (1, Rune(0x1E00, 0x1FFE)), (2, Rune(0x2000, 0x33FF)), (1, Rune(0xAC00, 0xD7A3)), (1, Rune(0xF900, 0xFAFF)), (1, Rune(0xFB00, 0xFEFC)),
        (2, Rune(0xFF01, 0xFFEE)), (1, Rune(0x1D400, 0x1D7FF)), (1, Rune(0x1F100, 0x1F64F)), (1, Rune(0x2F800, 0x2FA1D)), (3, Rune(0x21, 0x10FFFF)));

    /// <summary>All texts.</summary>
    public static List<string> All()
    {
        List<string> texts = [.. Data.SelectMany(name => SharedData.Texts(name).Take(3400))];
        texts.AddRange(Generate(Piece.Array[0, 24].Select(string.Concat), 5000));
        Assert.True(texts.Count >= 20_000, $"There are only {texts.Count} texts.");
        return texts;
    }

    /// <summary>Generated texts of <see cref="OddPiece"/>.</summary>
    public static string[] Odd(int count) => Generate(OddPiece.Array[0, 16].Select(string.Concat), count);

    /// <summary>A text for each character that is assigned and not private.</summary>
    public static IEnumerable<string> EveryCharacter() => Enumerable.Range(1, 0x10FFFF)
        .Where(c => c is < 0xD800 or > 0xDFFF && CharUnicodeInfo.GetUnicodeCategory(c) is not (UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse))
        .Select(c => $"a {char.ConvertFromUtf32(c)}b");

    /// <summary>Words of several scripts, to train a vocabulary on.</summary>
    public static string[] Words(int count) => Generate(
        Gen.Frequency(
            (3, Gen.OneOf(" Zürich", " naïve", " 東京", " привет", " İstanbul", " ﬁne", " 한국어", " हिन्दी", " عربي", " ไทย", " 👩‍🚀", " Ａｐｒｉｌ", " 2024", " ガラス")),
            (1, Rune(0xC0, 0x17F)), (1, Rune(0x3B1, 0x3C9)), (1, Rune(0x410, 0x44F)), (1, Rune(0x3042, 0x3093)), (1, Gen.Const(" "))).Array[1, 12].Select(string.Concat),
        count);

    /// <summary>Prints the seed; the same texts come again with it in the environment variable CsCheck_Seed.</summary>
    private static string[] Generate(Gen<string> text, int count)
    {
        string seed = Environment.GetEnvironmentVariable("CsCheck_Seed") ?? Gen.Seed.Single();
        TestContext.Current.TestOutputHelper?.WriteLine($"CsCheck_Seed {seed}");
        string[] texts = [];
        text.Array[count].Sample(generated => texts = generated, seed: seed, iter: 1);
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
