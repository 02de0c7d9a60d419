namespace Llkd.Inference;

/// <summary>
/// Cuts texts into batches of similar length, longest first: a batch is padded to its longest text, so mixed lengths
/// would spend most of the time on padding.
/// </summary>
internal static class LengthBatches
{
    /// <summary>Most texts of a batch.</summary>
    private const int MostTexts = 64;

    /// <summary>Tokens of a batch that keep the processor busy: from there on a text that is much shorter opens a batch of its own.</summary>
    private const int Busy = 256;

    /// <summary>Indexes of each batch's texts; equal lengths keep their order.</summary>
    /// <param name="lengths">Tokens of each text, [texts].</param>
    /// <param name="mostTokens">Most tokens of a batch, with padding; a longer text is a batch of its own.</param>
    public static IEnumerable<ArraySegment<int>> Cut(int[] lengths, int mostTokens)
    {
        var order = new int[lengths.Length];
        for (int i = 0; i < order.Length; i++) order[i] = i;
        Array.Sort(order, (a, b) => lengths[a] != lengths[b] ? lengths[b].CompareTo(lengths[a]) : a.CompareTo(b));
        for (int start = 0; start < order.Length;)
        {
            int longest = lengths[order[start]];
            int fit = Math.Min(Math.Clamp(mostTokens / Math.Max(1, longest), 1, MostTexts), order.Length - start);
            int count = 1;
            while (count < fit && (4 * lengths[order[start + count]] >= 3 * longest || count * longest < Busy)) count++;
            yield return new ArraySegment<int>(order, start, count);
            start += count;
        }
    }
}
