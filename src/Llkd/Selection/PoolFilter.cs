namespace Llkd.Selection;

/// <summary>A method that chooses before training and then uses every sample it kept: plain cross-entropy on ŷ.</summary>
public abstract class PoolFilter : SelectionMethod
{
    /// <inheritdoc/>
    public override bool NeedsStudentScores => false;

    /// <inheritdoc/>
    public abstract override int[]? FilterPool(PoolContext pool);

    /// <inheritdoc/>
    public override void Select(in ScoredBatch batch, BatchSelection selection)
    {
        ArgumentNullException.ThrowIfNull(selection);
        for (int i = 0; i < batch.Count; i++) selection.Add(i, 1, batch.PseudoLabel(i));
    }

    /// <summary>The share of the samples with the lowest scores, at least one; the lower index wins a tie.</summary>
    /// <param name="samples">Indexes into the pool, [samples].</param>
    /// <param name="scores">A score each, [samples].</param>
    /// <param name="share">Share to keep, in [0, 1].</param>
    /// <returns>Indexes into the pool, ascending.</returns>
    protected static int[] Lowest(ReadOnlySpan<int> samples, ReadOnlySpan<double> scores, double share)
    {
        if (samples.Length == 0) return [];
        int kept = Math.Clamp((int)Math.Round(share * samples.Length), 1, samples.Length);
        (double Score, int Sample)[] order = new (double, int)[samples.Length];
        for (int i = 0; i < order.Length; i++) order[i] = (scores[i], samples[i]);
        Array.Sort(order);
        int[] chosen = Array.ConvertAll(order[..kept], pair => pair.Sample);
        Array.Sort(chosen);
        return chosen;
    }
}
