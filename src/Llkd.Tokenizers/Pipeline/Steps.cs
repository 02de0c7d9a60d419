namespace Llkd.Tokenizers.Pipeline;

/// <summary>Rewrites a text before it is split.</summary>
internal abstract class Normalizer
{
    /// <summary>The rewritten text; the same string where nothing is to be done.</summary>
    public abstract string Normalize(string text);
}

/// <summary>Cuts a text into words, none of which a token crosses.</summary>
internal abstract class WordSplitter
{
    /// <summary>Last change of a text before it is cut: a space in front, white space made visible.</summary>
    /// <param name="text">A stretch between added tokens, normalised.</param>
    /// <param name="first">Whether the stretch begins the text.</param>
    public virtual string Prepare(string text, bool first) => text;

    /// <summary>The next word.</summary>
    /// <param name="rest">What is left; moved past the word.</param>
    /// <param name="word">The word, never empty.</param>
    /// <returns>Whether there was one.</returns>
    public abstract bool Next(ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> word);
}

/// <summary>Turns one word into ids.</summary>
internal abstract class WordModel
{
    /// <summary>Rows an embedding table needs for the model's ids.</summary>
    public abstract int Size { get; }

    /// <summary>Id of a token; null where there is none of that name.</summary>
    public abstract int? Id(string token);

    /// <summary>Appends a word's ids.</summary>
    public abstract void Encode(ReadOnlySpan<char> word, List<int> ids);
}

/// <summary>Several normalizers, one after another.</summary>
internal sealed class NormalizerSequence(IReadOnlyList<Normalizer> parts) : Normalizer
{
    public override string Normalize(string text) => parts.Aggregate(text, (current, part) => part.Normalize(current));
}

/// <summary>The whole text is one word.</summary>
internal sealed class NoSplit : WordSplitter
{
    public override bool Next(ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> word)
    {
        word = rest;
        rest = [];
        return !word.IsEmpty;
    }
}
