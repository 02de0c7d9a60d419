using System.Text.RegularExpressions;
using Llkd.Tasks;
using Llkd.Teachers.Prompting;

namespace Llkd.Teachers.Answers;

/// <summary>Where a reply names a label.</summary>
/// <param name="Label">Index of the label.</param>
/// <param name="Start">Where its marker begins in the reply.</param>
/// <param name="ByMarker">Whether the marker itself was found; else the label's name, although letters or numbers were asked for.</param>
internal readonly record struct FoundAnswer(int Label, int Start, bool ByMarker);

/// <summary>
/// Finds the label in a model's words: the marker at the beginning, after a lead-in such as "Answer:", or the only one
/// that the reply names anywhere. A reply that names several is not guessed at.
/// </summary>
internal sealed partial class AnswerReader(AnswerMarkers markers)
{
    private const string Wrapping = " \t\n\r\"'`*_([{<\u201c\u201d\u2018\u2019\u00ab\u00bb\u2581\u0120";

    /// <summary>Labels by the length of their marker, so that `card payment` is tried before `card`.</summary>
    private readonly int[] _longestFirst = [.. Enumerable.Range(0, markers.Texts.Count).OrderByDescending(k => markers.Texts[k].Length)];

    public FoundAnswer? Find(string reply)
    {
        int begin = 0;
        // A model that thinks aloud answers after that.
        int thought = reply.LastIndexOf("</think>", StringComparison.Ordinal);
        if (thought >= 0) begin = thought + "</think>".Length;
        else if (reply.AsSpan().TrimStart().StartsWith("<think>", StringComparison.Ordinal)) return null;
        begin = SkipWrapping(reply, begin);
        Match lead = LeadIn().Match(reply, begin);
        if (lead.Success && lead.Index == begin && lead.Length > 0 && AtBeginning(reply, SkipWrapping(reply, begin + lead.Length)) is { } led) return led;
        return AtBeginning(reply, begin) ?? Only(reply, begin, markers.Texts, byMarker: true)
            ?? (markers.Style == AnswerStyle.Words ? null : Only(reply, begin, markers.Names, byMarker: false));
    }

    /// <summary>Where what wraps an answer (space, quotes, emphasis) ends.</summary>
    public static int SkipWrapping(string text, int start)
    {
        while (start < text.Length && Wrapping.Contains(text[start], StringComparison.Ordinal)) start++;
        return start;
    }

    private FoundAnswer? AtBeginning(string reply, int start)
    {
        foreach (int k in _longestFirst)
        {
            string marker = markers.Texts[k];
            if (!StartsWith(reply, start, marker, out bool sameCase)) continue;
            int end = start + marker.Length;
            if (end < reply.Length && char.IsLetterOrDigit(reply[end])) continue;
            if (markers.Style == AnswerStyle.Words) return new FoundAnswer(k, start, true);
            ReadOnlySpan<char> rest = reply.AsSpan(end);
            bool alone = rest.Trim(" \t\n\r.,;:!)]}\"'`*_>").IsEmpty;
            // "A text about sorrow" does not answer A, "a" alone does; "A. joy", "A) joy", "A (joy)" do.
            if (alone || (sameCase && (rest[0] is not (' ' or '\'' or '\u2019' or '-')
                || rest.TrimStart().StartsWith("(", StringComparison.Ordinal) || rest.TrimStart().StartsWith("- ", StringComparison.Ordinal)
                || rest.TrimStart().StartsWith(markers.Names[k], StringComparison.OrdinalIgnoreCase))))
                return new FoundAnswer(k, start, true);
        }
        return null;
    }

    private static bool StartsWith(string reply, int start, string marker, out bool sameCase)
    {
        sameCase = string.CompareOrdinal(reply, start, marker, 0, marker.Length) == 0;
        return sameCase || string.Compare(reply, start, marker, 0, marker.Length, StringComparison.OrdinalIgnoreCase) == 0;
    }

    private FoundAnswer? Only(string reply, int begin, IReadOnlyList<string> names, bool byMarker)
    {
        bool letters = byMarker && markers.Style == AnswerStyle.Letter;
        FoundAnswer? found = null;
        var taken = new List<(int Start, int End)>();
        foreach (int k in Enumerable.Range(0, names.Count).OrderByDescending(k => names[k].Length))
        {
            string name = names[k];
            for (int at = begin; (at = reply.IndexOf(name, at, letters ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase)) >= 0; at += name.Length)
            {
                int end = at + name.Length;
                if (at > 0 && IsInside(reply[at - 1]) || end < reply.Length && IsInside(reply[end])) continue;
                if (letters && IsArticle(reply, at, end)) continue;
                if (taken.Any(span => at < span.End && end > span.Start)) continue;
                taken.Add((at, end));
                if (found is { } other && other.Label != k) return null;
                found ??= new FoundAnswer(k, at, byMarker);
            }
        }
        return found;
    }

    private static bool IsInside(char c) => char.IsLetterOrDigit(c) || c == '_';

    /// <summary>"A text", "I think": words, not answers.</summary>
    private static bool IsArticle(string reply, int start, int end) =>
        reply[start] is 'A' or 'I' && end + 1 < reply.Length
            && (reply[end] is '\'' or '\u2019' || (reply[end] == ' ' && char.IsLower(reply[end + 1]) && !Conjunction().IsMatch(reply, end + 1)));

    /// <summary>"A or B": two answers.</summary>
    [GeneratedRegex(@"\G(?:or|and|und|oder|ou|et|o|y)\b")]
    private static partial Regex Conjunction();

    [GeneratedRegex("""\G(?:the\s+)?(?:(?:correct|best|right|final|fitting)\s+)?(?:answer|label|category|class)(?:\s+is)?["*\s]*[:=\-]?\s*""", RegexOptions.IgnoreCase)]
    private static partial Regex LeadIn();
}
