using System.Text;
using Llkd.Tokenizers.Pipeline;

namespace Llkd.Tokenizers.Splitters;

/// <summary>Where SentencePiece puts its visible space in front of a text.</summary>
internal enum MetaspacePrefix { Always, First, Never }

/// <summary>SentencePiece's split: a space becomes a visible character, and a word begins with it.</summary>
/// <param name="replacement">The visible space, U+2581 as a rule.</param>
/// <param name="prefix">Where one is put in front.</param>
/// <param name="splitsAtWhiteSpace">Whether the text is cut at all white space first, which goes.</param>
/// <param name="splits">Whether words are cut at all.</param>
internal sealed class MetaspaceSplitter(char replacement, MetaspacePrefix prefix, bool splitsAtWhiteSpace, bool splits) : WordSplitter
{
    public override string Prepare(string text, bool first)
    {
        if (!splitsAtWhiteSpace) return Prefixed(text.Replace(' ', replacement), first);
        var words = new StringBuilder(text.Length + 1);
        for (ReadOnlySpan<char> rest = text.AsSpan().TrimStart(); !rest.IsEmpty; rest = rest.TrimStart())
        {
            int end = 0;
            while (end < rest.Length && !char.IsWhiteSpace(rest[end])) end++;
            if (rest[0] != replacement) words.Append(replacement);
            words.Append(rest[..end]);
            rest = rest[end..];
        }
        return words.ToString();
    }

    public override bool Next(ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> word)
    {
        int end = splits && rest.Length > 1 ? rest[1..].IndexOf(replacement) + 1 : rest.Length;
        if (end == 0) end = rest.Length;
        word = rest[..end];
        rest = rest[end..];
        return end > 0;
    }

    private string Prefixed(string text, bool first) =>
        (prefix == MetaspacePrefix.Always || (prefix == MetaspacePrefix.First && first)) && (text.Length == 0 || text[0] != replacement)
            ? replacement + text : text;
}
