using CsCheck;
using Llkd.Selection;

namespace Llkd.Tests.Selection;

public sealed class GeneralizedCrossEntropyTests
{
    private static readonly Gen<(TestBatch Batch, float[][] Logits)> s_cases = Gen.Int[2, 6].SelectMany(classes =>
        Gen.Select(TestBatch.Batches(classes, 6), Gen.Float[-3, 3].Array[classes].Array[6]));

    [Theory]
    [InlineData(0.0)]
    [InlineData(1e-5)]
    public void As_q_goes_to_0_it_is_cross_entropy(double q) => s_cases.Sample((batch, logits) =>
    {
        (double expected, float[] expectedGradient) = Losses.Of(new NoDataSelection(), batch, logits);
        (double actual, float[] gradient) = Losses.Of(Method(q), batch, logits);
        Assert.Equal(expected, actual, 1e-3);
        for (int i = 0; i < gradient.Length; i++) Assert.Equal(expectedGradient[i], gradient[i], 1e-4f);
    });

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.7)]
    [InlineData(1)]
    public void The_gradient_agrees_with_finite_differences(double q) =>
        s_cases.Sample((batch, logits) => Losses.AssertGradient(Method(q), batch, logits), iter: 100);

    /// <summary>z = (ln 3, 0), ŷ = 0: p = 3/4. At q = .5: (1 − √.75)/.5; the gradient √.75 · (−1/4, 1/4).</summary>
    [Fact]
    public void One_sample_is_as_by_hand()
    {
        (double loss, float[] gradient) = Losses.Of(Method(0.5), new TestBatch([[0.9f, 0.1f]], []), [[(float)Math.Log(3), 0]]);
        Assert.Equal(2 * (1 - Math.Sqrt(0.75)), loss, 1e-6);
        Assert.Equal(-Math.Sqrt(0.75) / 4, gradient[0], 1e-6);
        Assert.Equal(Math.Sqrt(0.75) / 4, gradient[1], 1e-6);
    }

    [Fact]
    public void A_hopeless_sample_hardly_pulls()
    {
        (double loss, float[] gradient) = Losses.Of(Method(0.7), new TestBatch([[0.9f, 0.1f]], []), [[-50, 50]]);
        Assert.Equal(1 / 0.7, loss, 1e-6);
        Assert.All(gradient, g => Assert.Equal(0, g, 1e-6f));
    }

    private static GeneralizedCrossEntropy Method(double q) => new(new GeneralizedCrossEntropyOptions { Q = q });
}
