using Llkd.Tokenizers.Pipeline;
using Llkd.Tokenizers.Unicode;

namespace Llkd.Tokenizers.Normalizers;

/// <summary>Makes letters small.</summary>
internal sealed class LowerCaseNormalizer : Normalizer
{
    public override string Normalize(string text) => LowerCase.Of(text);
}

/// <summary>Unicode's form D.</summary>
internal sealed class DecompositionNormalizer : Normalizer
{
    public override string Normalize(string text) => CanonicalDecomposition.Decompose(text);
}

/// <summary>Unicode's form C.</summary>
internal sealed class CompositionNormalizer : Normalizer
{
    public override string Normalize(string text) => CanonicalComposition.Compose(text);
}

/// <summary>Drops non-spacing marks; usually behind <see cref="DecompositionNormalizer"/>.</summary>
internal sealed class AccentNormalizer : Normalizer
{
    public override string Normalize(string text) => Accents.Drop(text);
}

/// <summary>Puts something before a text that is not empty.</summary>
internal sealed class PrependNormalizer(string prefix) : Normalizer
{
    public override string Normalize(string text) => text.Length == 0 ? text : prefix + text;
}

/// <summary>Replaces one string by another.</summary>
internal sealed class ReplaceNormalizer(string pattern, string content) : Normalizer
{
    public override string Normalize(string text) => text.Replace(pattern, content, StringComparison.Ordinal);
}

/// <summary>Replaces runs of two and more spaces by one string: the only regular expression that SentencePiece vocabularies bring.</summary>
internal sealed class SpaceRunNormalizer(string content) : Normalizer
{
    public override string Normalize(string text)
    {
        if (!text.Contains("  ", StringComparison.Ordinal)) return text;
        var result = new System.Text.StringBuilder(text.Length);
        for (int i = 0; i < text.Length;)
        {
            int run = 0;
            while (i + run < text.Length && text[i + run] == ' ') run++;
            if (run >= 2) result.Append(content);
            else result.Append(text[i]);
            i += Math.Max(run, 1);
        }
        return result.ToString();
    }
}

/// <summary>SentencePiece's `remove_extra_whitespaces`: spaces at the ends go, those in a row become one. At the end, visible spaces go as well.</summary>
internal sealed class ExtraSpaceNormalizer(string visible) : Normalizer
{
    private readonly SpaceRunNormalizer _runs = new(" ");
    private readonly char[] _spaces = [' ', .. visible];

    public override string Normalize(string text) => _runs.Normalize(text).TrimStart(' ').TrimEnd(_spaces);
}

/// <summary>Drops white space at the ends.</summary>
internal sealed class StripNormalizer(bool left, bool right) : Normalizer
{
    public override string Normalize(string text)
    {
        if (left) text = text.TrimStart();
        return right ? text.TrimEnd() : text;
    }
}
