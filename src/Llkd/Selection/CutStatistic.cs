using System.Globalization;
using Llkd.Features;
using Llkd.Labels;
using Llkd.Tasks;

namespace Llkd.Selection;

/// <summary>
/// Cut statistic (Lang, Vijayaraghavan and Sontag, "Training Subset Selection for Weak Supervision", NeurIPS 2022, arXiv
/// 2206.02914): before training, keep the share of the pool whose pseudo-label disagrees least with those of its K nearest
/// neighbours. J_i = Σ_j w_ij 1[ŷ_i ≠ ŷ_j], w_ij = 1 / (1 + ‖φ_i − φ_j‖); with π(k) the share of pseudo-label k,
/// z_i = (J_i − (1 − π(ŷ_i)) Σ_j w_ij) / √(π(ŷ_i)(1 − π(ŷ_i)) Σ_j w_ij²), low z first. φ is the pool's TF-IDF, our choice.
/// </summary>
public sealed class CutStatistic(CutStatisticOptions? options = null) : PoolFilter
{
    private readonly CutStatisticOptions _options = options ?? new CutStatisticOptions();

    /// <inheritdoc/>
    public override int[] FilterPool(PoolContext pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        NearestNeighbours neighbours = pool.Features.Remember(
            "neighbours " + _options.Neighbours.ToString(CultureInfo.InvariantCulture),
            features => NearestNeighbours.Of(features.Rows, _options.Neighbours));
        double[] scores = Scores(neighbours, pool.Labels);
        return Lowest(pool.Samples, Array.ConvertAll(pool.Samples, i => scores[i]), _options.Share);
    }

    /// <summary>z of every sample, [pool]; 0, what chance gives, for one without neighbours or where all have one label.</summary>
    internal static double[] Scores(NearestNeighbours neighbours, PseudoLabels labels)
    {
        var shares = new double[labels.ClassCount];
        foreach (int label in labels.Labels) shares[label] += 1.0 / labels.Count;
        var scores = new double[labels.Count];
        for (int i = 0; i < scores.Length; i++)
        {
            double cut = 0, sum = 0, squares = 0, share = shares[labels.Labels[i]];
            foreach (Neighbour neighbour in neighbours[i])
            {
                double weight = 1 / (1 + Math.Sqrt(Math.Max(0, 2 - 2 * (double)neighbour.Cosine)));
                sum += weight;
                squares += weight * weight;
                if (labels.Labels[neighbour.Row] != labels.Labels[i]) cut += weight;
            }
            double variance = share * (1 - share) * squares;
            scores[i] = variance > 1e-12 ? (cut - (1 - share) * sum) / Math.Sqrt(variance) : 0;
        }
        return scores;
    }
}

/// <summary>Options of `cut-statistic`.</summary>
public sealed record CutStatisticOptions
{
    /// <summary>Share of the pool that is kept.</summary>
    [Key("share", Minimum = 0, Maximum = 1)]
    public double Share { get; init; } = 0.5;

    /// <summary>K, the nearest neighbours of a text. The paper's 20 is the default.</summary>
    [Key("neighbours", Minimum = 1, Maximum = 1000)]
    public int Neighbours { get; init; } = 20;
}
