using System.Numerics;
using System.Runtime.InteropServices;
using Llkd.Numerics;

namespace Llkd.Statistics;

/// <summary>
/// Resamples the test texts with replacement (Efron and Tibshirani 1993; for comparing systems Koehn 2004), the same
/// texts for all methods and seeds, and measures every method on each resample.
/// </summary>
/// <remarks>
/// Works on counts: a text's weights in a block of resamples are added, as vectors, to the counts of its class, so that
/// ten thousand resamples of three thousand texts and 25 methods take seconds. The answer depends on the seed alone, not on threads.
/// </remarks>
public static class PairedBootstrap
{
    private const int Block = 32;

    /// <summary>Accuracy and macro F1 of answers on every resample, by the definitions of <see cref="Metrics.Quality"/>.</summary>
    /// <param name="gold">Gold labels, [texts], each in [0, classes).</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="predictions">Answers of each run, [runs][texts]; −1 where there is none: such a text is left out of both figures.</param>
    /// <param name="resamples">How many; default 10,000.</param>
    /// <param name="seed">Seed of the draws; default 1.</param>
    /// <param name="stream">Name of the stream of draws, so that two data sets are resampled independently.</param>
    /// <returns>Scores, [runs].</returns>
    /// <exception cref="ArgumentException">No texts, a gold label that is no class, not one answer a text, or an answer that is no class.</exception>
    public static IReadOnlyList<ResampledScores> Measure(
        IReadOnlyList<int> gold, int classes, IReadOnlyList<IReadOnlyList<int>> predictions, int resamples = 10_000, long seed = 1, string stream = "")
    {
        ArgumentNullException.ThrowIfNull(gold);
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 1);
        if (gold.Count == 0 || gold.Any(label => (uint)label >= (uint)classes))
            throw new ArgumentException("A bootstrap needs texts, each with a gold label.", nameof(gold));
        if (predictions.Any(run => run.Count != gold.Count || run.Any(answer => answer < -1 || answer >= classes)))
            throw new ArgumentException("Give one answer a text, each a class or −1.", nameof(predictions));
        int[][] places = [.. predictions.Select(run => Places(gold, run, classes))];
        ResampledScores[] scores = [.. predictions.Select(_ => new ResampledScores(new double[resamples], new double[resamples]))];
        Parallel.For(0, (resamples + Block - 1) / Block, block =>
        {
            int[] weights = Draw(new RandomStream(seed, $"paired bootstrap {block} {stream}"), gold.Count);
            int[] counts = new int[3 * classes * Block];
            for (int run = 0; run < places.Length; run++)
            {
                Count(counts, weights, places[run]);
                for (int r = 0; r < Block && block * Block + r < resamples; r++)
                    (scores[run].Accuracy[block * Block + r], scores[run].MacroF1[block * Block + r]) = Score(counts, classes, r);
            }
        });
        return scores;
    }

    // [texts][2]: where in the counts a text's weight goes; −1 for nowhere. Per class there are three counts: texts
    // answered rightly, given this label wrongly, of this class but answered wrongly.
    private static int[] Places(IReadOnlyList<int> gold, IReadOnlyList<int> predicted, int classes)
    {
        var places = new int[2 * gold.Count];
        for (int i = 0; i < gold.Count; i++)
            (places[2 * i], places[2 * i + 1]) = predicted[i] < 0 ? (-1, -1)
                : predicted[i] == gold[i] ? (gold[i], -1)
                : (classes + predicted[i], 2 * classes + gold[i]);
        return places;
    }

    // [texts][resamples of a block]: how often a resample holds a text.
    private static int[] Draw(RandomStream random, int texts)
    {
        var weights = new int[checked(texts * Block)];
        for (int resample = 0; resample < Block; resample++)
            for (int i = 0; i < texts; i++)
                weights[random.NextInt32(texts) * Block + resample]++;
        return weights;
    }

    private static void Count(int[] counts, int[] weights, int[] places)
    {
        Array.Clear(counts);
        int width = Block / Vector<int>.Count;
        var from = MemoryMarshal.Cast<int, Vector<int>>(weights.AsSpan());
        var to = MemoryMarshal.Cast<int, Vector<int>>(counts.AsSpan());
        for (int i = 0; i < places.Length; i++)
        {
            if (places[i] < 0) continue;
            var own = from.Slice(i / 2 * width, width);
            var sum = to.Slice(places[i] * width, width);
            for (int v = 0; v < own.Length; v++) sum[v] += own[v];
        }
    }

    private static (double Accuracy, double MacroF1) Score(int[] counts, int classes, int r)
    {
        long right = 0, answered = 0;
        double sum = 0;
        int present = 0;
        for (int k = 0; k < classes; k++)
        {
            long hit = counts[k * Block + r], wronglySaid = counts[(classes + k) * Block + r], missed = counts[(2 * classes + k) * Block + r];
            right += hit;
            answered += hit + missed;
            long both = 2 * hit + wronglySaid + missed;
            if (both == 0) continue;
            present++;
            sum += 2.0 * hit / both;
        }
        return ((double)right / Math.Max(1, answered), sum / Math.Max(1, present));
    }
}

/// <summary>A run's scores on the resamples.</summary>
/// <param name="Accuracy">[resamples].</param>
/// <param name="MacroF1">[resamples].</param>
public sealed record ResampledScores(double[] Accuracy, double[] MacroF1);

/// <summary>A difference of two methods with what resampling says of it.</summary>
/// <param name="Difference">The difference as measured on the test set itself.</param>
/// <param name="Low">Lower end of the 95 % percentile interval.</param>
/// <param name="High">Upper end of the 95 % percentile interval.</param>
/// <param name="Loses">Share of resamples in which the difference is below zero.</param>
public readonly record struct PairedDifference(double Difference, double Low, double High, double Loses)
{
    /// <summary>Summarises resampled differences.</summary>
    /// <param name="difference">The difference on the test set itself.</param>
    /// <param name="resampled">The difference on each resample.</param>
    public static PairedDifference Of(double difference, IReadOnlyCollection<double> resampled)
    {
        ArgumentNullException.ThrowIfNull(resampled);
        double[] sorted = [.. resampled.Order()];
        // What is zero by hand may be a rounding error away from it.
        return new(difference, Quantile(sorted, 0.025), Quantile(sorted, 0.975), (double)sorted.Count(value => value < -1e-12) / sorted.Length);
    }

    private static double Quantile(double[] sorted, double share)
    {
        double place = share * (sorted.Length - 1);
        int below = (int)place;
        return below + 1 < sorted.Length ? sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
    }
}
