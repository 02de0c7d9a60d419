using Llkd.Teachers.Prompting;
using Llkd.Tokenizers;

namespace Llkd.Teachers.Local;

/// <summary>Prompts and answers as tokens.</summary>
internal sealed class PromptTokens
{
    /// <summary>Answers are cut out behind a line break, where no tokenizer joins them with what stands before.</summary>
    private const string Anchor = "\n";

    private readonly ITextTokenizer _tokenizer;
    private readonly PromptFormat _format;
    private readonly int _behind;

    public PromptTokens(ITextTokenizer tokenizer, PromptFormat format)
    {
        (_tokenizer, _format) = (tokenizer, format);
        // Some tokenizers end every text; the answer is still to come.
        int[] nothing = tokenizer.Encode("", int.MaxValue, out _);
        _behind = tokenizer.Special.End is { } end ? nothing.Reverse().TakeWhile(id => id == end).Count() : 0;
    }

    /// <summary>A prompt's tokens, the one that begins a text included where the tokenizer has one.</summary>
    public int[] Of(Prompt prompt) => Of(_format.Render(prompt.Messages));

    /// <summary>The tokens of each way to write an answer: with and without a space before it.</summary>
    public IReadOnlyList<int[]> Spellings(string answer)
    {
        var spellings = new List<int[]>();
        int[] anchor = Of(Anchor);
        foreach (string spelled in (string[])[answer, " " + answer])
        {
            int[] whole = Of(Anchor + spelled);
            if (whole.Length <= anchor.Length || !whole.AsSpan().StartsWith(anchor)) continue;
            int[] tokens = whole[anchor.Length..];
            if (!spellings.Exists(known => known.AsSpan().SequenceEqual(tokens))) spellings.Add(tokens);
        }
        return spellings;
    }

    /// <summary>Number of tokens that all sequences begin with.</summary>
    public static int CommonPrefix(IReadOnlyList<int[]> sequences)
    {
        int common = sequences[0].Length;
        foreach (int[] sequence in sequences) common = sequences[0].AsSpan(0, common).CommonPrefixLength(sequence);
        return common;
    }

    private int[] Of(string text)
    {
        int[] ids = _tokenizer.Encode(text, int.MaxValue, out _);
        return _behind == 0 ? ids : ids[..^_behind];
    }
}
