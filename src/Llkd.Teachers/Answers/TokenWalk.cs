using Llkd.Tasks;
using Llkd.Teachers.Models;
using Llkd.Teachers.Prompting;

namespace Llkd.Teachers.Answers;

/// <summary>A distribution over the labels, as tokens tell it.</summary>
/// <param name="Distribution">q, [classes], summing to 1.</param>
/// <param name="Unseen">Probability of the tokens that were not listed, which the unseen labels share before q is brought to 1; in [0, 1].</param>
internal readonly record struct TokenDistribution(float[] Distribution, float Unseen);

/// <summary>
/// Reads q from the log-probabilities of the answer's tokens. Along the tokens that were written, every listed
/// alternative gives its probability to the labels that can still follow: equal spellings add up, and where several
/// labels share a beginning they are told apart at the next token, as in a trie. What is no label's is left out and q
/// brought to 1. The probability of tokens that are not listed is shared among the labels not seen there, none of them
/// getting as much as the least that is listed (it would have been listed).
/// </summary>
/// <param name="markers">What the labels are called.</param>
/// <param name="ignoreCase">Whether `b` is `B`; for letters only where the reply itself writes them small, as `a` is a word.</param>
internal sealed class TokenWalk(AnswerMarkers markers, bool ignoreCase)
{
    /// <summary>Reads the distribution.</summary>
    /// <param name="tokens">The reply's tokens.</param>
    /// <param name="start">Where the answer begins in their joined text.</param>
    /// <returns>Null where no label has any probability.</returns>
    public TokenDistribution? Read(IReadOnlyList<ReplyToken> tokens, int start)
    {
        int first = 0, at = 0;
        while (first < tokens.Count && at + tokens[first].Chosen.Text.Length <= start) at += tokens[first++].Chosen.Text.Length;
        if (first == tokens.Count) return null;
        // The answer may begin inside a token, as in `:B`.
        string before = tokens[first].Chosen.Text[..(start - at)];

        var mass = new double[markers.Texts.Count];
        double unseen = 0, path = 1;
        string written = "";
        for (int t = first; ; t++)
        {
            ReplyToken token = tokens[t];
            double listed = 0, least = 1;
            var seen = new bool[mass.Length];
            string? next = null;
            foreach (TokenProbability alternative in Alternatives(token))
            {
                bool isChosen = ReferenceEquals(alternative.Text, token.Chosen.Text) || alternative.Text == token.Chosen.Text;
                listed += alternative.Probability;
                least = Math.Min(least, alternative.Probability);
                string spelled = written + (t == first ? Strip(alternative.Text, before) : alternative.Text);
                List<int> possible = Possible(spelled, out int whole);
                foreach (int k in possible) seen[k] = true;
                if (isChosen && possible.Count > 1 && t + 1 < tokens.Count && !Ends(tokens[t + 1].Chosen.Text, whole))
                {
                    next = spelled;
                    continue;
                }
                if (isChosen && whole >= 0) possible = [whole];
                foreach (int k in possible) mass[k] += path * alternative.Probability / possible.Count;
            }
            double tail = Math.Clamp(1 - listed, 0, 1);
            Share(mass, seen, written, path, tail, least);
            unseen += path * tail;
            if (next is null) break;
            path *= token.Chosen.Probability;
            written = next;
        }
        double sum = mass.Sum();
        if (!(sum > 0)) return null;
        return new TokenDistribution([.. mass.Select(m => (float)(m / sum))], (float)Math.Min(1, unseen));
    }

    private static IEnumerable<TokenProbability> Alternatives(ReplyToken token) =>
        token.Top.Any(top => top.Text == token.Chosen.Text) ? token.Top : token.Top.Append(token.Chosen);

    /// <summary>An alternative without the space or quotes around the answer.</summary>
    private static string Strip(string text, string before)
    {
        if (before.Length > 0 && text.StartsWith(before, StringComparison.Ordinal)) text = text[before.Length..];
        return text[AnswerReader.SkipWrapping(text, 0)..];
    }

    /// <summary>Labels that a beginning can lead to, or has spelled; `whole` is the one it spells exactly, or −1.</summary>
    private List<int> Possible(string spelled, out int whole)
    {
        whole = -1;
        var possible = new List<int>();
        string bare = spelled.TrimEnd();
        if (bare.Length == 0) return possible;
        for (int k = 0; k < markers.Texts.Count; k++)
        {
            string marker = markers.Texts[k];
            if (Same(bare, marker)) whole = k;
            if (bare.Length <= marker.Length ? Same(bare, marker[..bare.Length]) : Same(bare[..marker.Length], marker) && !char.IsLetterOrDigit(bare[marker.Length]))
                possible.Add(k);
        }
        // "card." and "card payment" both begin with the label `card`; the longer label that still fits is the better.
        if (possible.Count > 1 && bare.Length > possible.Min(k => markers.Texts[k].Length))
        {
            int longest = possible.Max(k => markers.Texts[k].Length);
            possible.RemoveAll(k => markers.Texts[k].Length < Math.Min(bare.Length, longest));
        }
        // A space or another end after the marker: it will not go on to a longer one.
        if (whole >= 0 && spelled.Length > bare.Length && markers.Style != AnswerStyle.Words) return [whole];
        return possible;
    }

    private bool Same(string a, string b) =>
        string.Equals(a, b, ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);

    /// <summary>Whether the next token shows that a label spelled so far is all of it.</summary>
    private static bool Ends(string next, int whole) => whole >= 0 && (next.Length == 0 || next[0] is '\n' or '.' or '<' or '"' or '*' or ')');

    private void Share(double[] mass, bool[] seen, string written, double path, double tail, double least)
    {
        var open = new List<int>();
        for (int k = 0; k < mass.Length; k++)
            if (!seen[k] && markers.Texts[k].Length > written.Length && Same(markers.Texts[k][..written.Length], written)) open.Add(k);
        if (open.Count == 0) return;
        // A little less than the least, so that a label not listed never draws level with the one that was written.
        double each = path * Math.Min(tail / open.Count, 0.99 * least);
        foreach (int k in open) mass[k] += each;
    }
}
