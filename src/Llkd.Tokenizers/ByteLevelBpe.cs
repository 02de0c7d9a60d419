using Microsoft.ML.Tokenizers;

namespace Llkd.Tokenizers;

/// <summary>Turns texts into RoBERTa's ids: <c>&lt;s&gt; … &lt;/s&gt;</c>. As Hugging Face's RobertaTokenizer does.</summary>
public sealed class ByteLevelBpe : ITextTokenizer
{
    private const string MaskToken = "<mask>";
    private readonly BpeTokenizer _tokenizer;
    private readonly int _begin;
    private readonly int _end;

    /// <summary>An encoder of that vocabulary.</summary>
    /// <param name="vocabulary">Trained by <see cref="BpeTrainer"/> or read from a model folder.</param>
    public ByteLevelBpe(BpeVocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        Vocabulary = vocabulary;
        Dictionary<string, int> special = BpeVocabulary.SpecialTokens.ToDictionary(token => token, token => vocabulary.Ids[token]);
        (_begin, _end) = (special["<s>"], special["</s>"]);
        Special = new SpecialTokens(_begin, _end, special["<pad>"], special["<unk>"], special[MaskToken]);
        _tokenizer = BpeTokenizer.Create(new BpeOptions(vocabulary.Ids)
        {
            Merges = vocabulary.Merges.Select(merge => $"{merge.Left} {merge.Right}"),
            SpecialTokens = special,
            PreTokenizer = new Gpt2PreTokenizer(special.Keys),
            ByteLevel = true,
        });
    }

    /// <summary>The vocabulary.</summary>
    public BpeVocabulary Vocabulary { get; }

    /// <inheritdoc/>
    public int Size => Vocabulary.Size;

    /// <inheritdoc/>
    public SpecialTokens Special { get; }

    /// <inheritdoc/>
    public bool Encode(string text, int maxLength, List<int> ids)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, 3);
        // The tokenizer would write a lone surrogate as bytes that are no UTF-8; Hugging Face never sees one.
        if (text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')) text = string.Concat(text.EnumerateRunes());
        if (text.Contains(MaskToken, StringComparison.Ordinal)) text = StripBeforeMask(text);
        ids.Add(_begin);
        ids.AddRange(_tokenizer.EncodeToIds(text, maxLength - 2, out _, out int consumed, considerNormalization: false));
        ids.Add(_end);
        return consumed < text.Length;
    }

    /// <inheritdoc/>
    public void Save(string folder, int maxLength) => BpeVocabularyFiles.Save(Vocabulary, folder, maxLength);

    /// <summary>RoBERTa's mask token takes the white space before it in.</summary>
    private static string StripBeforeMask(string text)
    {
        string[] parts = text.Split(MaskToken);
        for (int i = 0; i < parts.Length - 1; i++) parts[i] = parts[i].TrimEnd();
        return string.Join(MaskToken, parts);
    }
}
