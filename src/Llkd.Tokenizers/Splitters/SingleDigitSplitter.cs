using System.Text;
using Llkd.Tokenizers.Pipeline;

namespace Llkd.Tokenizers.Splitters;

/// <summary>Every digit is a word of its own, as SmolLM has it; what stands between digits is split as GPT-2 does.</summary>
internal sealed class SingleDigitSplitter : WordSplitter
{
    public override bool Next(ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> word)
    {
        int length = 0;
        if (!rest.IsEmpty)
        {
            int digit = NextDigit(rest, out int digitLength);
            length = digit == 0 ? digitLength : Gpt2Splitter.NextWord(rest[..digit]);
        }
        word = rest[..length];
        rest = rest[length..];
        return length > 0;
    }

    private static int NextDigit(ReadOnlySpan<char> text, out int length)
    {
        int at = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            length = rune.Utf16SequenceLength;
            if (Rune.IsNumber(rune)) return at;
            at += length;
        }
        length = 0;
        return at;
    }
}
