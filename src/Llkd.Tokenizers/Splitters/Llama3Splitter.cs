using System.Globalization;
using System.Text;
using Llkd.Tokenizers.Pipeline;

namespace Llkd.Tokenizers.Splitters;

/// <summary>
/// Llama 3's split into words, by hand for the reason <see cref="Gpt2Splitter"/> names: contractions in any case, letters
/// with one other character before them, digits by threes (or each alone, as Qwen has it), other characters with the line breaks behind them, white space.
/// </summary>
/// <param name="digits">Digits in one word at most.</param>
internal sealed class Llama3Splitter(int digits) : WordSplitter
{
    /// <summary>The pattern as Llama 3's tokenizer.json has it.</summary>
    public const string Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>The splitter of a pattern of tokenizer.json, or null.</summary>
    public static Llama3Splitter? Of(string? pattern) =>
        pattern == Pattern ? new Llama3Splitter(3) : pattern == Pattern.Replace("{1,3}", "", StringComparison.Ordinal) ? new Llama3Splitter(1) : null;

    private enum Kind { Space, Letter, Number, Other }

    public override bool Next(ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> word)
    {
        int length = rest.IsEmpty ? 0 : NextWord(rest);
        word = rest[..length];
        rest = rest[length..];
        return length > 0;
    }

    private int NextWord(ReadOnlySpan<char> text)
    {
        if (text[0] == '\'' && Contraction(text[1..]) is > 0 and int contraction) return 1 + contraction;
        Kind first = KindAt(text, out int length);
        if (first == Kind.Letter) return Run(text, length, Kind.Letter);
        if (text[0] is not ('\r' or '\n') && first != Kind.Number && Run(text, length, Kind.Letter) is int letters && letters > length) return letters;
        if (first == Kind.Number) return Run(text, length, Kind.Number, digits - 1);
        int start = text[0] == ' ' ? 1 : 0;
        int others = Run(text, start, Kind.Other);
        if (others > start)
        {
            while (others < text.Length && text[others] is '\r' or '\n') others++;
            return others;
        }
        int spaces = Run(text, 0, Kind.Space);
        int line = text[..spaces].LastIndexOfAny('\r', '\n');
        if (line >= 0) return line + 1;
        return spaces == text.Length || spaces == 1 ? spaces : spaces - 1;
    }

    private static int Run(ReadOnlySpan<char> text, int at, Kind kind, int most = int.MaxValue)
    {
        for (; most > 0 && at < text.Length && KindAt(text[at..], out int length) == kind; most--) at += length;
        return at;
    }

    private static int Contraction(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return 0;
        // U+017F, the long s, is an s in another case.
        if (char.ToLowerInvariant(text[0]) is 's' or 't' or 'm' or 'd' or '\u017F') return 1;
        return text.Length > 1 && (char.ToLowerInvariant(text[0]), char.ToLowerInvariant(text[1])) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 2 : 0;
    }

    private static Kind KindAt(ReadOnlySpan<char> text, out int length)
    {
        Rune.DecodeFromUtf16(text, out Rune rune, out length);
        if (Rune.IsWhiteSpace(rune)) return Kind.Space;
        return Rune.GetUnicodeCategory(rune) switch
        {
            <= UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
            _ => Kind.Other,
        };
    }
}
