using CsCheck;
using Llkd.Numerics;

namespace Llkd.Tests.Numerics;

public sealed class AdamWTests
{
    private sealed record Run(float[] Start, float[][] Gradients, double LearningRate, double WeightDecay, float Scale);

    private static Gen<Run> Runs(int steps) => Gen.Int[1, 70].SelectMany(n => Gen.Select(
        Gen.Float[-2, 2].Array[n], Gen.Float[-1, 1].Array[n].Array[steps], Gen.Double[1e-5, 1e-2], Gen.Double[0, 0.1], Gen.Float[0.1f, 2],
        (start, gradients, rate, decay, scale) => new Run(start, gradients, rate, decay, scale)));

    /// <summary>
    /// m = .1 · .5 = .05, m̂ = .5; v = .001 · .25, v̂ = .25; p = 1 − .1 (.01 · 1 + .5/.5) = .899. With g = 0 then:
    /// m = .045, m̂ = .045/.19 = .2368421; v = .00024975, v̂ = .00024975/.001999 = .1249375, √ = .3534650;
    /// p = .899 − .1 (.00899 + .6700580) = .8310952.
    /// </summary>
    [Fact]
    public void Two_steps_of_one_weight_are_as_by_hand()
    {
        float[] p = [1], m = [0], v = [0];
        AdamW.Standard.Update(p, [0.5f], m, v, 1, 0.1, 0.01);
        Assert.Equal(0.899f, p[0], 1e-6f);
        AdamW.Standard.Update(p, [0f], m, v, 2, 0.1, 0.01);
        Assert.Equal(0.8310952f, p[0], 1e-6f);
    }

    [Fact]
    public void A_hundred_steps_agree_with_double_precision() => Runs(steps: 100).Sample(run =>
    {
        int n = run.Start.Length;
        float[] p = (float[])run.Start.Clone(), m = new float[n], v = new float[n];
        double[] slowP = [.. run.Start.Select(x => (double)x)], slowM = new double[n], slowV = new double[n];
        for (int step = 1; step <= run.Gradients.Length; step++)
        {
            AdamW.Standard.Update(p, run.Gradients[step - 1], m, v, step, run.LearningRate, run.WeightDecay, run.Scale);
            for (int i = 0; i < n; i++)
            {
                double g = run.Gradients[step - 1][i] * (double)run.Scale;
                slowM[i] = 0.9 * slowM[i] + 0.1 * g;
                slowV[i] = 0.999 * slowV[i] + 0.001 * g * g;
                double corrected = slowM[i] / (1 - Math.Pow(0.9, step)) / (Math.Sqrt(slowV[i] / (1 - Math.Pow(0.999, step))) + 1e-8);
                slowP[i] -= run.LearningRate * (run.WeightDecay * slowP[i] + corrected);
            }
        }
        // 1e-6 a unit: of the weight, whose float has that, and of the way it went, a hundred steps of at most the rate.
        for (int i = 0; i < n; i++)
            Assert.Equal(slowP[i], p[i], 1e-6 * (1 + Math.Abs(slowP[i]) + 100 * run.LearningRate));
    }, iter: 50);

    [Fact]
    public void Decay_is_what_an_update_does_where_gradient_and_moments_are_0() => Runs(steps: 3).Sample(run =>
    {
        int n = run.Start.Length;
        float[] p = (float[])run.Start.Clone(), decayed = (float[])run.Start.Clone(), m = new float[n], v = new float[n];
        for (int step = 1; step <= run.Gradients.Length; step++)
        {
            AdamW.Standard.Update(p, new float[n], m, v, step, run.LearningRate, run.WeightDecay, run.Scale);
            AdamW.Decay(decayed, run.LearningRate, run.WeightDecay);
        }
        Assert.Equal(p, decayed);
    });

    [Fact]
    public void However_the_spans_are_cut_the_result_is_the_same_bit_for_bit() =>
        Gen.Select(Runs(steps: 5), Gen.Int[1, 40]).Sample((run, piece) =>
        {
            int n = run.Start.Length;
            float[] p = (float[])run.Start.Clone(), m = new float[n], v = new float[n];
            float[] cutP = (float[])run.Start.Clone(), cutM = new float[n], cutV = new float[n];
            for (int step = 1; step <= run.Gradients.Length; step++)
            {
                float[] g = run.Gradients[step - 1];
                AdamW.Standard.Update(p, g, m, v, step, run.LearningRate, run.WeightDecay, run.Scale);
                for (int at = 0; at < n; at += piece)
                {
                    int length = Math.Min(piece, n - at);
                    AdamW.Standard.Update(
                        cutP.AsSpan(at, length), g.AsSpan(at, length), cutM.AsSpan(at, length), cutV.AsSpan(at, length),
                        step, run.LearningRate, run.WeightDecay, run.Scale);
                }
            }
            Assert.Equal(p.Select(BitConverter.SingleToUInt32Bits), cutP.Select(BitConverter.SingleToUInt32Bits));
            Assert.Equal(m.Select(BitConverter.SingleToUInt32Bits), cutM.Select(BitConverter.SingleToUInt32Bits));
            Assert.Equal(v.Select(BitConverter.SingleToUInt32Bits), cutV.Select(BitConverter.SingleToUInt32Bits));
        });

    [Fact]
    public void Spans_of_different_lengths_are_refused() =>
        Assert.Throws<ArgumentException>(() => AdamW.Standard.Update(new float[3], new float[2], new float[3], new float[3], 1, 0.1, 0));
}
