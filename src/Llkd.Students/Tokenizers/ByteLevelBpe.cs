using Microsoft.ML.Tokenizers;

namespace Llkd.Students.Tokenizers;

/// <summary>Turns texts into RoBERTa's ids: <c>&lt;s&gt; … &lt;/s&gt;</c>, cut to a length. As Hugging Face's RobertaTokenizer does.</summary>
public sealed class ByteLevelBpe
{
    private const string Mask = "<mask>";
    private readonly BpeTokenizer _tokenizer;
    private readonly int _begin;
    private readonly int _end;

    /// <summary>An encoder of that vocabulary.</summary>
    /// <param name="vocabulary">Trained by <see cref="BpeTrainer"/> or read from a model folder.</param>
    /// <param name="maxLength">Most ids a text becomes, with the two around it; at least 3.</param>
    public ByteLevelBpe(BpeVocabulary vocabulary, int maxLength)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, 3);
        Vocabulary = vocabulary;
        MaxLength = maxLength;
        Dictionary<string, int> special = BpeVocabulary.SpecialTokens.ToDictionary(token => token, token => vocabulary.Ids[token]);
        (_begin, _end) = (special["<s>"], special["</s>"]);
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

    /// <summary>Most ids a text becomes.</summary>
    public int MaxLength { get; }

    /// <summary>Id of the padding token.</summary>
    public int PadId => Vocabulary.Ids["<pad>"];

    /// <summary>Appends a text's ids. A special token's name in the text becomes that token, as with Hugging Face.</summary>
    public void Encode(string text, List<int> ids)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(ids);
        // The tokenizer would write a lone surrogate as bytes that are no UTF-8; Hugging Face never sees one.
        if (text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')) text = string.Concat(text.EnumerateRunes());
        if (text.Contains(Mask, StringComparison.Ordinal)) text = StripBeforeMask(text);
        ids.Add(_begin);
        ids.AddRange(_tokenizer.EncodeToIds(text, MaxLength - 2, out _, out _, considerNormalization: false));
        ids.Add(_end);
    }

    /// <summary>RoBERTa's mask token takes the white space before it in.</summary>
    private static string StripBeforeMask(string text)
    {
        string[] parts = text.Split(Mask);
        for (int i = 0; i < parts.Length - 1; i++) parts[i] = parts[i].TrimEnd();
        return string.Join(Mask, parts);
    }
}
