using System.Text;

namespace Llkd.Tokenizers.Pipeline;

/// <summary>A token that is found in the text as it stands, before anything else is done to it.</summary>
/// <param name="Text">Its name.</param>
/// <param name="Id">Its id.</param>
/// <param name="StripLeft">Whether white space before it belongs to it.</param>
/// <param name="StripRight">Whether white space behind it belongs to it.</param>
/// <param name="WholeWord">Whether it counts only where no letter, digit or underscore stands next to it.</param>
internal sealed record AddedToken(string Text, int Id, bool StripLeft = false, bool StripRight = false, bool WholeWord = false);

/// <summary>Finds added tokens: the leftmost, of those at the same place the longest.</summary>
internal sealed class AddedTokens
{
    private readonly AddedToken[] _tokens;
    private readonly System.Buffers.SearchValues<char> _starts;

    public AddedTokens(IEnumerable<AddedToken> tokens)
    {
        _tokens = [.. tokens.Where(token => token.Text.Length > 0).OrderByDescending(token => token.Text.Length)];
        _starts = System.Buffers.SearchValues.Create([.. _tokens.Select(token => token.Text[0]).Distinct()]);
    }

    public IReadOnlyList<AddedToken> All => _tokens;

    /// <summary>The next added token.</summary>
    /// <param name="text">What is left of the text.</param>
    /// <param name="before">Length of the stretch before it; the whole text where there is none.</param>
    /// <param name="length">Length of its place, with the white space it takes in.</param>
    public AddedToken? Next(ReadOnlySpan<char> text, out int before, out int length)
    {
        for (int at = 0; at < text.Length; at++)
        {
            int skip = text[at..].IndexOfAny(_starts);
            if (skip < 0) break;
            at += skip;
            foreach (AddedToken token in _tokens)
            {
                if (!text[at..].StartsWith(token.Text, StringComparison.Ordinal)) continue;
                int end = at + token.Text.Length;
                if (token.WholeWord && (EndsInWord(text[..at]) || StartsWithWord(text[end..]))) continue;
                before = token.StripLeft ? text[..at].TrimEnd().Length : at;
                if (token.StripRight) end = text.Length - text[end..].TrimStart().Length;
                length = end - before;
                return token;
            }
        }
        (before, length) = (text.Length, 0);
        return null;
    }

    private static bool EndsInWord(ReadOnlySpan<char> text) =>
        Rune.DecodeLastFromUtf16(text, out Rune rune, out _) == System.Buffers.OperationStatus.Done && IsWord(rune);

    private static bool StartsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeFromUtf16(text, out Rune rune, out _) == System.Buffers.OperationStatus.Done && IsWord(rune);

    private static bool IsWord(Rune rune) => rune.Value == '_' || Rune.IsLetterOrDigit(rune);
}
