namespace Llkd.Statistics;

/// <summary>Ranks of scores.</summary>
public static class Ranks
{
    /// <summary>Rank 1 for the highest score; equal scores share the mean of their places, and scores that are not numbers share the last places.</summary>
    /// <param name="scores">Higher is better, [methods].</param>
    /// <returns>Ranks from 1, [methods]; they sum to n(n+1)/2.</returns>
    public static double[] Descending(IReadOnlyList<double> scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        var keys = scores.Select(score => double.IsNaN(score) ? double.NegativeInfinity : score).ToArray();
        int[] order = [.. Enumerable.Range(0, keys.Length).OrderByDescending(i => keys[i])];
        var ranks = new double[keys.Length];
        for (int start = 0; start < order.Length;)
        {
            int end = start;
            while (end < order.Length && keys[order[end]] == keys[order[start]]) end++;
            for (int i = start; i < end; i++) ranks[order[i]] = (start + 1 + end) / 2.0;
            start = end;
        }
        return ranks;
    }
}
