using System.Text;
using Llkd.Tokenizers.Pieces;
using Llkd.Tokenizers.Pipeline;
using Llkd.Tokenizers.Splitters;

namespace Llkd.Tokenizers;

/// <summary>Turns texts into RoBERTa's ids: <c>&lt;s&gt; … &lt;/s&gt;</c>. As Hugging Face's RobertaTokenizer does.</summary>
public sealed class ByteLevelBpe : ITextTokenizer
{
    private readonly TextPipeline _pipeline;

    /// <summary>An encoder of that vocabulary.</summary>
    /// <param name="vocabulary">Trained by <see cref="BpeTrainer"/> or read from a model folder.</param>
    /// <param name="addsPrefixSpace">Whether a text that does not begin with a space gets one (`add_prefix_space`).</param>
    public ByteLevelBpe(BpeVocabulary vocabulary, bool addsPrefixSpace = false)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        Vocabulary = vocabulary;
        AddsPrefixSpace = addsPrefixSpace;
        IReadOnlyDictionary<string, int> ids = vocabulary.Ids;
        Special = new SpecialTokens(ids["<s>"], ids["</s>"], ids["<pad>"], ids["<unk>"], ids["<mask>"]);
        _pipeline = new TextPipeline(
            Model(ids, vocabulary.Merges), new Gpt2Splitter(addsPrefixSpace), null,
            BpeVocabulary.SpecialTokens.Select(token => new AddedToken(token, ids[token], StripLeft: token == "<mask>")),
            [ids["<s>"]], [ids["</s>"]], Special, (folder, maxLength) => BpeVocabularyFiles.Save(this, folder, maxLength));
    }

    /// <summary>The vocabulary.</summary>
    public BpeVocabulary Vocabulary { get; }

    /// <summary>Whether a text that does not begin with a space gets one.</summary>
    public bool AddsPrefixSpace { get; }

    /// <inheritdoc/>
    public int Size => Vocabulary.Size;

    /// <inheritdoc/>
    public SpecialTokens Special { get; }

    /// <inheritdoc/>
    public bool Encode(string text, int maxLength, List<int> ids) => _pipeline.Encode(text, maxLength, ids);

    /// <inheritdoc/>
    public void Save(string folder, int maxLength) => _pipeline.Save(folder, maxLength);

    /// <summary>The model of a byte-level vocabulary: a word begins as its UTF-8 bytes.</summary>
    internal static BpeModel Model(
        IReadOnlyDictionary<string, int> ids, IEnumerable<(string Left, string Right)> merges, IReadOnlyDictionary<string, int>? wholeWords = null)
    {
        int[] bytes = [.. Enumerable.Range(0, 256).Select(b => ids[ByteLevel.Character((byte)b).ToString()])];
        var model = new BpeModel(ids, (word, spelled) =>
        {
            Span<byte> utf8 = stackalloc byte[4];
            foreach (Rune rune in word.EnumerateRunes())
                foreach (byte b in utf8[..rune.EncodeToUtf8(utf8)]) spelled.Add(bytes[b]);
        }, wholeWords);
        int rank = 0;
        foreach ((string left, string right) in merges) model.Add(ids[left], ids[right], rank++, ids[left + right]);
        return model;
    }
}
