using Llkd.Numerics;

namespace Llkd.Teachers.Tests;

public sealed class TeacherCalibrationTests
{
    [Theory]
    [InlineData(2.5)]
    [InlineData(0.5)]
    public void The_temperature_that_made_a_teacher_too_sure_or_too_modest_is_found_and_undone(double temperature)
    {
        // Gold labels are drawn from q; the teacher says q^T instead, so its calibration must find T.
        const int Texts = 4000, Classes = 4;
        var random = new RandomStream(5, "calibration");
        var said = new float[Texts * Classes];
        var gold = new int[Texts];
        for (int i = 0; i < Texts; i++)
        {
            double[] z = [.. Enumerable.Range(0, Classes).Select(_ => random.NextGaussian())];
            double sum = z.Sum(Math.Exp), at = random.NextDouble();
            while (gold[i] < Classes - 1 && (at -= Math.Exp(z[gold[i]]) / sum) >= 0) gold[i]++;
            double sharp = z.Sum(v => Math.Exp(v * temperature));
            for (int k = 0; k < Classes; k++) said[i * Classes + k] = (float)(Math.Exp(z[k] * temperature) / sharp);
        }
        TeacherCalibration calibration = TeacherCalibration.Fit(said, gold)!;
        // The standard error of T over 4,000 draws is about 3 %.
        Assert.InRange(calibration.Temperature, temperature * 0.88, temperature * 1.12);
        Assert.True(calibration.EceAfter < 0.05 && calibration.EceBefore > 0.1, $"{calibration}");
        float[] q = said[..Classes];
        int best = Softmax.ArgMax(q);
        calibration.Apply(q);
        Assert.Equal(1, q.Sum(), 1e-5);
        Assert.Equal(best, Softmax.ArgMax(q));
    }

    [Fact]
    public void A_few_texts_calibrate_nothing() => Assert.Null(TeacherCalibration.Fit(new float[19 * 2], new int[19]));

    [Fact]
    public void Certainty_that_is_sometimes_wrong_becomes_less_than_certainty()
    {
        float[] q = [.. Enumerable.Range(0, 100).SelectMany(_ => new[] { 1f, 0f })];
        int[] gold = [.. Enumerable.Range(0, 100).Select(i => i % 5 == 0 ? 1 : 0)];
        TeacherCalibration calibration = TeacherCalibration.Fit(q, gold)!;
        float[] one = [1, 0];
        calibration.Apply(one);
        Assert.Equal(0.8f, one[0], 0.02f);
        Assert.Equal(0.2, calibration.EceBefore, 1e-6);
    }
}
