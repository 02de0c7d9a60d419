using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using Llkd.Features;
using Llkd.Labels;
using Llkd.Numerics;
using Llkd.Tasks;

namespace Llkd.Selection;

/// <summary>
/// Confident learning (Northcutt, Jiang and Chuang, JAIR 2021, arXiv 1911.00068): before training, drop the labels that
/// the confident joint marks as wrong. With p̂_i the out-of-sample distribution of a TF-IDF logistic regression by
/// cross-validation on the pseudo-labels and t(k) = mean of p̂_i(k) over ŷ_i = k, a sample counts for (ŷ_i, k) where k is
/// the likeliest of the classes with p̂_i(k) ≥ t(k); <see cref="ConfidentJoint"/> goes on from there.
/// </summary>
public sealed class ConfidentLearning(ConfidentLearningOptions? options = null) : PoolFilter
{
    private readonly ConfidentLearningOptions _options = options ?? new ConfidentLearningOptions();

    /// <inheritdoc/>
    public override int[] FilterPool(PoolContext pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        int folds = Math.Min(_options.Folds, pool.Samples.Length);
        if (folds < 2) return pool.Samples;
        float[] held = pool.Features.Remember(Key(pool, folds), features => OutOfSample(features.Rows, pool.Labels, pool.Samples, folds));
        bool[] wrong = ConfidentJoint.Of(Array.ConvertAll(pool.Samples, i => pool.Labels.Labels[i]), held, pool.Labels.ClassCount)
            .Wrong(_options.Prune);
        return [.. pool.Samples.Where((_, i) => !wrong[i])];
    }

    /// <summary>p̂, row-major [samples, classes]. Which fold a sample is in follows from the pool, not from the run's seed.</summary>
    internal static float[] OutOfSample(SparseRows rows, PseudoLabels labels, int[] samples, int folds)
    {
        int classes = labels.ClassCount;
        int[] order = [.. Enumerable.Range(0, samples.Length)];
        new RandomStream(0, "folds").Shuffle(order.AsSpan());
        var held = new float[samples.Length * classes];
        for (int fold = 0; fold < folds; fold++)
        {
            int[] training = [.. order.Where((_, at) => at % folds != fold).Select(i => samples[i])];
            var targets = new float[training.Length * classes];
            for (int i = 0; i < training.Length; i++) targets[i * classes + labels.Labels[training[i]]] = 1;
            LogisticRegression model = LogisticRegression.Train(rows, training, targets, classes, tolerance: 1e-4);
            for (int at = fold; at < order.Length; at += folds)
                model.Predict(rows, samples[order[at]], held.AsSpan(order[at] * classes, classes));
        }
        return held;
    }

    private static string Key(PoolContext pool, int folds)
    {
        var hash = new XxHash128();
        hash.Append(MemoryMarshal.AsBytes(pool.Labels.Labels));
        hash.Append(MemoryMarshal.AsBytes(pool.Samples.AsSpan()));
        return string.Create(CultureInfo.InvariantCulture, $"out of sample {folds} {pool.Labels.ClassCount} {Convert.ToHexString(hash.GetCurrentHash())}");
    }
}

/// <summary>Options of `confident-learning`.</summary>
public sealed record ConfidentLearningOptions
{
    /// <summary>Which of the labels are dropped.</summary>
    [Key("prune")]
    public PruneRule Prune { get; init; } = PruneRule.ByNoiseRate;

    /// <summary>Parts of the cross-validation.</summary>
    [Key("folds", Minimum = 2, Maximum = 100)]
    public int Folds { get; init; } = 5;
}

/// <summary>Which labels confident learning drops.</summary>
public enum PruneRule
{
    /// <summary>For each pair of classes, as many as the joint says, those with the largest p̂(other) − p̂(ŷ) first.</summary>
    ByNoiseRate,
    /// <summary>What both of the other rules drop.</summary>
    Both,
    /// <summary>For each class, as many as the joint says, those with the lowest p̂(ŷ) first.</summary>
    ByClass,
}
