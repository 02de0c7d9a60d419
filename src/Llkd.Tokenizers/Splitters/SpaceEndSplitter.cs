using Llkd.Tokenizers.Pipeline;

namespace Llkd.Tokenizers.Splitters;

/// <summary>Cuts behind every space, as Gemma's tokenizer.json asks; its normalizer has made all spaces visible before, so that it cuts nothing.</summary>
internal sealed class SpaceEndSplitter : WordSplitter
{
    public override bool Next(ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> word)
    {
        int end = rest.IndexOf(' ') + 1;
        if (end == 0) end = rest.Length;
        word = rest[..end];
        rest = rest[end..];
        return end > 0;
    }
}
