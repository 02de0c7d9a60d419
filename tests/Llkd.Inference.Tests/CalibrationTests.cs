using Llkd.Numerics;

namespace Llkd.Inference.Tests;

/// <summary>Temperature scaling.</summary>
public sealed class CalibrationTests
{
    [Theory]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(3)]
    public void The_temperature_that_made_the_labels_is_found_again(double temperature)
    {
        var random = new RandomStream(5, "calibration");
        const int Texts = 20_000, Classes = 4;
        var logits = new float[Texts * Classes];
        var gold = new int[Texts];
        var p = new float[Classes];
        for (int i = 0; i < Texts; i++)
        {
            Span<float> z = logits.AsSpan(i * Classes, Classes);
            for (int k = 0; k < Classes; k++) z[k] = (float)(2 * random.NextGaussian());
            for (int k = 0; k < Classes; k++) p[k] = (float)(z[k] / temperature);
            Softmax.Row(p, p);
            double u = random.NextSingle();
            while (gold[i] < Classes - 1 && u > p[gold[i]]) u -= p[gold[i]++];
        }
        Assert.Equal(temperature, Calibration.Fit(logits, gold), 0.05 * temperature);
    }

    [Fact]
    public void A_few_texts_all_told_apart_do_not_make_the_model_certain()
    {
        // Softened targets 1 − ε/2 and ε/2 with ε = 1/5: the best p is 0.9, so 4/T = ln 9.
        Assert.Equal(4 / Math.Log(9), Calibration.Fit([4, 0, 0, 4, 4, 0, 0, 4], [0, 1, 0, 1]), 1e-3);
    }

    [Fact]
    public void A_saved_temperature_is_loaded_again()
    {
        string folder = Directory.CreateTempSubdirectory("llkd-calibration").FullName;
        try
        {
            Assert.Equal(1, Calibration.Load(folder));
            Calibration.Save(folder, 1.75, 45, 0.1, 0.05);
            Assert.Equal(1.75, Calibration.Load(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
