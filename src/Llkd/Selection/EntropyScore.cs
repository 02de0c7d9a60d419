using Llkd.Tasks;

namespace Llkd.Selection;

/// <summary>
/// Entropy Score (Lang, Vijayaraghavan and Sontag, "Training Subset Selection for Weak Supervision", NeurIPS 2022, arXiv
/// 2206.02914, as a baseline there): before training, keep the share β of the pool whose teacher entropy
/// −Σ_k q_ik ln q_ik is lowest.
/// </summary>
public sealed class EntropyScore(EntropyScoreOptions? options = null) : PoolFilter
{
    private readonly EntropyScoreOptions _options = options ?? new EntropyScoreOptions();

    /// <inheritdoc/>
    public override int[] FilterPool(PoolContext pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        return Lowest(pool.Samples, Array.ConvertAll(pool.Samples, i => Entropy(pool.Labels.Distribution(i))), _options.Share);
    }

    private static double Entropy(ReadOnlySpan<float> distribution)
    {
        double sum = 0;
        foreach (float q in distribution)
            if (q > 0) sum -= q * Math.Log(q);
        return sum;
    }
}

/// <summary>Options of `entropy-score`.</summary>
public sealed record EntropyScoreOptions
{
    /// <summary>β, the share of the pool that is kept.</summary>
    [Key("share", Minimum = 0, Maximum = 1)]
    public double Share { get; init; } = 0.5;
}
