namespace Llkd.Tokenizers;

/// <summary>
/// Turns texts into the ids a model reads. Implementations do not change once they are made, and may be used by many
/// threads at once.
/// </summary>
public interface ITextTokenizer
{
    /// <summary>Rows an embedding table needs: the largest id and one.</summary>
    int Size { get; }

    /// <summary>The special tokens.</summary>
    SpecialTokens Special { get; }

    /// <summary>Appends a text's ids, with the special tokens around them.</summary>
    /// <param name="text">The text. A special token's name in it becomes that token, as with Hugging Face.</param>
    /// <param name="maxLength">Most ids appended, those around the text included; at least 3. What is longer is cut at its end.</param>
    /// <param name="ids">Receives the ids.</param>
    /// <returns>Whether the text was cut.</returns>
    bool Encode(string text, int maxLength, List<int> ids);

    /// <summary>Writes the tokenizer's files into an existing folder, so that <see cref="TokenizerFolder.Load"/> and Hugging Face read them.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="maxLength">Longest input of the model, in tokens.</param>
    void Save(string folder, int maxLength);
}

/// <summary>Ids of the special tokens of a vocabulary; null where it has none of that kind.</summary>
/// <param name="Begin">Stands before a text: <c>&lt;s&gt;</c> or <c>[CLS]</c>.</param>
/// <param name="End">Stands behind a text: <c>&lt;/s&gt;</c> or <c>[SEP]</c>.</param>
/// <param name="Pad">Fills a batch up.</param>
/// <param name="Unknown">Stands for what the vocabulary cannot spell.</param>
/// <param name="Mask">Stands for a hidden word.</param>
public readonly record struct SpecialTokens(int? Begin, int? End, int? Pad, int? Unknown, int? Mask);

/// <summary>Encoding into an array.</summary>
public static class TextTokenizerExtensions
{
    /// <summary>A text's ids, with the special tokens around them.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="text">The text.</param>
    /// <param name="maxLength">Most ids, those around the text included; at least 3.</param>
    /// <param name="truncated">Whether the text was cut.</param>
    public static int[] Encode(this ITextTokenizer tokenizer, string text, int maxLength, out bool truncated)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        var ids = new List<int>();
        truncated = tokenizer.Encode(text, maxLength, ids);
        return [.. ids];
    }
}
