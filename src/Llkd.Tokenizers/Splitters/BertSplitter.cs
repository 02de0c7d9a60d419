using System.Globalization;
using System.Text;
using Llkd.Tokenizers.Pipeline;

namespace Llkd.Tokenizers.Splitters;

/// <summary>BERT's split: at white space, which goes, and around every punctuation mark, which is a word of its own.</summary>
internal sealed class BertSplitter : WordSplitter
{
    public override bool Next(ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> word)
    {
        ReadOnlySpan<char> text = rest.TrimStart();
        int end = 0;
        while (end < text.Length)
        {
            char c = text[end];
            if (char.IsAsciiLetterOrDigit(c))
            {
                end++;
                continue;
            }
            Rune.DecodeFromUtf16(text[end..], out Rune rune, out int length);
            if (Rune.IsWhiteSpace(rune)) break;
            if (IsPunctuation(rune))
            {
                if (end == 0) end = length;
                break;
            }
            end += length;
        }
        word = text[..end];
        rest = text[end..];
        return end > 0;
    }

    /// <summary>Unicode's punctuation, and all ASCII symbols.</summary>
    private static bool IsPunctuation(Rune rune) => rune.IsAscii
        ? rune.Value is >= '!' and <= '/' or >= ':' and <= '@' or >= '[' and <= '`' or >= '{' and <= '~'
        : Rune.GetUnicodeCategory(rune) is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation;
}
