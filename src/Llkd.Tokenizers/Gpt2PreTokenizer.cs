using System.Globalization;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace Llkd.Tokenizers;

/// <summary>
/// GPT-2's split into words, by hand instead of by .NET's regular expressions, because those see a letter outside the
/// basic plane as two surrogates and so as no letter, where Hugging Face sees a letter. The pattern:
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>. Special tokens in the text stand alone.
/// </summary>
/// <param name="specialTokens">Special tokens, none a prefix of another.</param>
internal sealed class Gpt2PreTokenizer(IReadOnlyCollection<string> specialTokens) : PreTokenizer
{
    private readonly string[] _special = [.. specialTokens];

    /// <inheritdoc/>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return PreTokenize(text.AsSpan());
    }

    /// <inheritdoc/>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text)
    {
        var words = new List<(int, int)>();
        for (int start = 0; start < text.Length;)
        {
            int length = NextSpecial(text[start..], out int specialLength);
            int end = start + length;
            while (start < end)
            {
                int word = NextWord(text[start..end]);
                words.Add((start, word));
                start += word;
            }
            if (specialLength > 0) words.Add((start, specialLength));
            start += specialLength;
        }
        return words;
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

    private int NextSpecial(ReadOnlySpan<char> text, out int specialLength)
    {
        int first = text.Length;
        specialLength = 0;
        if (!text.Contains('<')) return first;
        foreach (string token in _special)
        {
            int at = text.IndexOf(token, StringComparison.Ordinal);
            if (at >= 0 && at < first) (first, specialLength) = (at, token.Length);
        }
        return first;
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
