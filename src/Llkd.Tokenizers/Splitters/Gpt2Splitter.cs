using System.Globalization;
using System.Text;
using Llkd.Tokenizers.Pipeline;

namespace Llkd.Tokenizers.Splitters;

/// <summary>
/// GPT-2's split into words, by hand instead of by .NET's regular expressions, because those see a letter outside the
/// basic plane as two surrogates and so as no letter, where Hugging Face sees a letter. The pattern:
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>.
/// </summary>
/// <param name="addsSpace">Whether a text that does not begin with a space gets one.</param>
internal sealed class Gpt2Splitter(bool addsSpace) : WordSplitter
{
    public override string Prepare(string text, bool first) => addsSpace && text[0] != ' ' ? ' ' + text : text;

    public override bool Next(ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> word)
    {
        int length = rest.IsEmpty ? 0 : NextWord(rest);
        word = rest[..length];
        rest = rest[length..];
        return length > 0;
    }

    /// <summary>Length of the first word of a text that is not empty.</summary>
    public static int NextWord(ReadOnlySpan<char> text)
    {
        if (text[0] == '\'')
        {
            int contraction = Contraction(text[1..]);
            if (contraction > 0) return 1 + contraction;
        }
        int first = text[0] == ' ' && text.Length > 1 ? 1 : 0;
        Kind kind = KindAt(text[first..], out int length);
        int end = first + length;
        if (kind != Kind.Space)
        {
            while (end < text.Length && KindAt(text[end..], out length) == kind) end += length;
            return end;
        }
        // Nothing but white space up to here; every white-space character is one char long.
        while (end < text.Length && KindAt(text[end..], out _) == Kind.Space) end++;
        return end == text.Length || end == 1 ? end : end - 1;
    }

    private static int Contraction(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return 0;
        if (text[0] is 's' or 't' or 'm' or 'd') return 1;
        return text is ['r', 'e', ..] or ['v', 'e', ..] or ['l', 'l', ..] ? 2 : 0;
    }

    private enum Kind { Space, Letter, Number, Other }

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
