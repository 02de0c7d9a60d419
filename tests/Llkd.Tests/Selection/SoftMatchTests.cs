using CsCheck;
using Llkd.Selection;

namespace Llkd.Tests.Selection;

public sealed class SoftMatchTests
{
    /// <summary>
    /// Without alignment, momentum 0: m = (.9, .7), μ = .8, σ² = 2 · .1² / 1 = .02. The first is above the mean: weight 1.
    /// The second: exp(−.1² / (2 · .02 / 4)) = exp(−1).
    /// </summary>
    [Fact]
    public void Weights_are_as_by_hand()
    {
        var method = new SoftMatch(2, new SoftMatchOptions { Momentum = 0, Alignment = false });
        Choice choice = new TestBatch([[0.6f, 0.4f], [0.6f, 0.4f]], [[0.9f, 0.1f], [0.3f, 0.7f]]).SelectWith(method);
        Assert.Equal(1f, choice.Weights[0], 1e-6f);
        Assert.Equal((float)Math.Exp(-1), choice.Weights[1], 1e-5f);
        Assert.Equal(2, choice.Divisor);
    }

    [Fact]
    public void A_sample_above_the_mean_has_weight_one_and_none_has_more() => TestBatch.Sequences().Sample(batches =>
    {
        int classes = batches[0].Teacher[0].Length;
        var method = new SoftMatch(classes, new SoftMatchOptions { Momentum = 0.9 });
        foreach (TestBatch batch in batches)
        {
            Choice choice = batch.SelectWith(method);
            double mean = method.State["gaussian"][0];
            double[] average = method.State["average"];
            Assert.Equal(Enumerable.Range(0, batch.Count), choice.Positions);
            for (int i = 0; i < batch.Count; i++)
            {
                double[] aligned = [.. batch.Student[i].Select((p, k) => p / average[k])];
                if (aligned.Max() / aligned.Sum() >= mean + 1e-6) Assert.Equal(1f, choice.Weights[i]);
                Assert.InRange(choice.Weights[i], 0f, 1f);
            }
        }
    }, iter: 100);

    [Fact]
    public void Weights_agree_with_a_slow_implementation() => TestBatch.Sequences(longest: 20).Sample(batches =>
    {
        int classes = batches[0].Teacher[0].Length;
        const double Lambda = 0.7;
        var method = new SoftMatch(classes, new SoftMatchOptions { Momentum = Lambda });
        double[]? average = null;
        double mu = 1.0 / classes, variance = 1;
        foreach (TestBatch batch in batches)
        {
            Choice choice = batch.SelectWith(method);
            double[] now = [.. Enumerable.Range(0, classes).Select(k => batch.Student.Average(p => (double)p[k]))];
            average = average is null ? now : [.. average.Zip(now, (old, fresh) => Lambda * old + (1 - Lambda) * fresh)];
            double[] m = [.. batch.Student.Select(p =>
            {
                double[] aligned = [.. p.Select((x, k) => x * (1.0 / classes) / average[k])];
                return aligned.Max() / aligned.Sum();
            })];
            mu = Lambda * mu + (1 - Lambda) * m.Average();
            if (m.Length > 1) variance = Lambda * variance + (1 - Lambda) * m.Sum(x => Math.Pow(x - m.Average(), 2)) / (m.Length - 1);
            for (int i = 0; i < m.Length; i++)
                Assert.Equal(Math.Exp(-Math.Pow(Math.Min(m[i] - mu, 0), 2) / (2 * variance / 4)), choice.Weights[i], 1e-4);
        }
    }, iter: 100);
}
