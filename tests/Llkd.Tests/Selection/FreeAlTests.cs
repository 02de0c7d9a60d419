using CsCheck;
using Llkd.Labels;
using Llkd.Numerics;
using Llkd.Selection;

namespace Llkd.Tests.Selection;

public sealed class FreeAlTests
{
    [Fact]
    public void A_mixture_agrees_with_em_written_apart() => Gen.Select(Gen.Int[0, 100_000], Gen.Int[20, 60], Gen.Int[10, 40]).Sample((seed, low, high) =>
    {
        // Spread out, as losses are: over lumps of equal values EM rests on plateaus, where a fit ends and 400 steps do not.
        var random = new RandomStream(seed, "losses");
        double[] values = [.. Enumerable.Range(0, low).Select(_ => 0.3 * random.NextSingle()), .. Enumerable.Range(0, high).Select(_ => 0.5 + 0.5 * random.NextSingle())];
        TwoGaussians mixture = TwoGaussians.Fit(values, 5e-4);
        double[] mean = [values.Min(), values.Max()], share = [0.5, 0.5];
        double spread = values.Average(v => Math.Pow(v - values.Average(), 2)) + 5e-4;
        double[] variance = [spread, spread];
        for (int iteration = 0; iteration < 400; iteration++)
        {
            double[] r = [.. values.Select(v => Density(v, 0) / (Density(v, 0) + Density(v, 1)))];
            for (int c = 0; c < 2; c++)
            {
                double[] weight = c == 0 ? r : [.. r.Select(x => 1 - x)];
                mean[c] = weight.Zip(values, (w, v) => w * v).Sum() / weight.Sum();
                variance[c] = weight.Zip(values, (w, v) => w * Math.Pow(v - mean[c], 2)).Sum() / weight.Sum() + 5e-4;
                share[c] = weight.Average();
            }
        }
        // Where components overlap the last steps are slow and change little: the likelihood is what must agree.
        double expected = values.Average(v => Math.Log(Density(v, 0) + Density(v, 1)));
        (mean, variance, share) = ([mixture.LowMean, mixture.HighMean], [mixture.LowVariance, mixture.HighVariance], [mixture.LowShare, 1 - mixture.LowShare]);
        Assert.Equal(expected, values.Average(v => Math.Log(Density(v, 0) + Density(v, 1))), 5e-3);
        foreach (double v in values) Assert.Equal(Density(v, 0) / (Density(v, 0) + Density(v, 1)), mixture.Posterior(v), 1e-9);
        double Density(double v, int c) =>
            share[c] / Math.Sqrt(2 * Math.PI * variance[c]) * Math.Exp(-Math.Pow(v - mean[c], 2) / (2 * variance[c]));
    }, iter: 30);

    [Fact]
    public void A_known_mixture_is_found_again()
    {
        var random = new RandomStream(3, "mixture");
        double[] values = [.. Enumerable.Range(0, 20_000).Select(i => i % 4 == 0 ? 0.7 + 0.1 * random.NextGaussian() : 0.1 + 0.05 * random.NextGaussian())];
        TwoGaussians mixture = TwoGaussians.Fit(values, 0);
        Assert.Equal(0.1, mixture.LowMean, 5e-3);
        Assert.Equal(0.7, mixture.HighMean, 1e-2);
        Assert.Equal(0.75, mixture.LowShare, 1e-2);
        Assert.Equal(0.0025, mixture.LowVariance, 2e-4);
        Assert.Equal(0.01, mixture.HighVariance, 1e-3);
        Assert.InRange(mixture.Posterior(0.1), 0.99, 1);
        Assert.InRange(mixture.Posterior(0.7), 0, 0.01);
    }

    [Fact]
    public void Samples_of_large_loss_are_left_out_after_the_warm_up()
    {
        var method = new FreeAl();
        // Samples 1 and 4 have a label that the student does not believe.
        float[] student = [0.9f, 0.1f, 0.05f, 0.95f, 0.85f, 0.15f, 0.95f, 0.05f, 0.1f, 0.9f, 0.88f, 0.12f];
        float[] teacher = [.. Enumerable.Repeat(new[] { 0.8f, 0.2f }, 6).SelectMany(q => q)];
        Assert.False(method.NeedsPoolScores(0));
        Assert.True(method.NeedsPoolScores(1));
        Assert.Equal([0, 1, 2, 3, 4, 5], Select(method));
        method.BeginEpoch(new EpochContext(1, [0, 1, 2, 3, 4, 5], new PseudoLabels(teacher, 2), student));
        Assert.Equal([0, 2, 3, 5], Select(method));

        var other = new FreeAl { State = method.State };
        Assert.Equal([0, 2, 3, 5], Select(other));

        int[] Select(SelectionMethod chosen)
        {
            var selection = new BatchSelection(2);
            selection.Reset(6);
            chosen.Select(new ScoredBatch([0, 1, 2, 3, 4, 5], new PseudoLabels(teacher, 2), [], 1, 0), selection);
            return selection.Positions.ToArray();
        }
    }

    [Fact]
    public void Where_all_losses_are_the_same_everything_is_used_and_a_note_says_so()
    {
        var method = new FreeAl();
        method.BeginEpoch(new EpochContext(1, [0, 1], new PseudoLabels([0.6f, 0.4f, 0.6f, 0.4f], 2), [0.5f, 0.5f, 0.5f, 0.5f]));
        Assert.Empty(method.State["noisy"]);
        Assert.Contains("epoch 2", Assert.Single(method.Notes), StringComparison.Ordinal);
    }
}
