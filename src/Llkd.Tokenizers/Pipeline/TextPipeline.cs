using System.Runtime.InteropServices;

namespace Llkd.Tokenizers.Pipeline;

/// <summary>
/// A tokenizer as Hugging Face builds them: added tokens are found, what stands between them is normalised and split
/// into words, a model turns words into ids, and special tokens go around the whole.
/// </summary>
internal sealed class TextPipeline : ITextTokenizer
{
    private readonly WordCache _words;
    private readonly AddedTokens _added;
    private readonly Normalizer? _normalizer;
    private readonly WordSplitter _splitter;
    private readonly int[] _before;
    private readonly int[] _behind;
    private readonly Action<string, int> _save;

    /// <summary>A tokenizer of those parts.</summary>
    /// <param name="model">Turns words into ids.</param>
    /// <param name="splitter">Cuts into words.</param>
    /// <param name="normalizer">Rewrites a text first; null: nothing does.</param>
    /// <param name="added">Tokens found in the text as it stands.</param>
    /// <param name="before">Ids before the text.</param>
    /// <param name="behind">Ids behind the text.</param>
    /// <param name="special">The special tokens.</param>
    /// <param name="save">Writes the tokenizer's files: folder and longest input.</param>
    public TextPipeline(
        WordModel model, WordSplitter splitter, Normalizer? normalizer, IEnumerable<AddedToken> added,
        int[] before, int[] behind, SpecialTokens special, Action<string, int> save)
    {
        _words = new WordCache(model);
        (_splitter, _normalizer, _added) = (splitter, normalizer, new AddedTokens(added));
        (_before, _behind, Special, _save) = (before, behind, special, save);
        Size = Math.Max(model.Size, _added.All.Select(token => token.Id + 1).DefaultIfEmpty().Max());
    }

    public int Size { get; }

    public SpecialTokens Special { get; }

    public bool Encode(string text, int maxLength, List<int> ids)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, 3);
        // Hugging Face never sees a lone surrogate; it becomes the replacement character.
        if (text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')) text = string.Concat(text.EnumerateRunes());
        ids.AddRange(_before);
        int most = ids.Count + maxLength - _before.Length - _behind.Length;
        EncodeText(text, most, ids);
        bool cut = ids.Count > most;
        if (cut) CollectionsMarshal.SetCount(ids, most);
        ids.AddRange(_behind);
        return cut;
    }

    public void Save(string folder, int maxLength) => _save(folder, maxLength);

    private void EncodeText(string text, int most, List<int> ids)
    {
        for (int start = 0; start < text.Length && ids.Count <= most;)
        {
            AddedToken? token = _added.Next(text.AsSpan(start), out int before, out int length);
            if (before > 0) EncodeStretch(before == text.Length ? text : text.Substring(start, before), start == 0, most, ids);
            if (token is not null) ids.Add(token.Id);
            start += before + length;
        }
    }

    private void EncodeStretch(string text, bool first, int most, List<int> ids)
    {
        if (_normalizer is not null) text = _normalizer.Normalize(text);
        if (text.Length == 0) return;
        ReadOnlySpan<char> rest = _splitter.Prepare(text, first);
        while (ids.Count <= most && _splitter.Next(ref rest, out ReadOnlySpan<char> word)) _words.Encode(word, ids);
    }
}
