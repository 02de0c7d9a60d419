using Llkd.Teachers.Prototype;

namespace Llkd.Teachers.Tests;

public sealed class TemperatureScalingTests
{
    /// <summary>One step of the grid, as a factor on T.</summary>
    private static readonly double Step = Math.Pow(TemperatureScaling.Highest / TemperatureScaling.Lowest, 1.0 / 600);

    [Theory]
    // Two classes whose scores are always d apart: q = 1 / (1 + exp(−d/T)) must be the share r of right ones, softened
    // to (1 − ε) r + ε/2 with ε = 1/(n + 1).
    [InlineData(4, 4, 0.1, 0.9)]
    [InlineData(4, 3, 0.1, 0.7)]
    [InlineData(9, 6, 0.05, 0.65)]
    public void Hand_worked_temperatures(int examples, int right, double difference, double expectedShare)
    {
        double[] scores = [.. Enumerable.Range(0, examples).SelectMany(_ => new[] { 0.3 + difference, 0.3 })];
        int[] labels = [.. Enumerable.Range(0, examples).Select(i => i < right ? 0 : 1)];
        double expected = difference / Math.Log(expectedShare / (1 - expectedShare));
        Assert.InRange(TemperatureScaling.Fit(scores, labels), expected / Step, expected * Step);
    }

    [Fact]
    public void Scores_that_mislead_give_the_highest_temperature() =>
        Assert.Equal(TemperatureScaling.Highest, TemperatureScaling.Fit([0.9, 0.1, 0.8, 0.2], [1, 1]), 12);

    [Fact]
    public void Softmax_survives_a_low_temperature()
    {
        var q = new float[3];
        TemperatureScaling.Softmax([1, 0, -1], 1e-4, q);
        Assert.Equal([1f, 0f, 0f], q);
        TemperatureScaling.Softmax([1, 0, -1], 1, q);
        Assert.Equal(Math.E / (Math.E + 1 + 1 / Math.E), q[0], 1e-6);
    }
}
