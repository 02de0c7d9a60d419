using CsCheck;
using Llkd.Selection;

namespace Llkd.Tests.Selection;

public sealed class CrossEntropyTests
{
    private sealed record Case(float[][] Logits, float[][] Targets, float[] Weights, double Divisor);

    private static Gen<Case> Cases(float scale) => Gen.Select(Gen.Int[2, 7], Gen.Int[1, 6]).SelectMany((classes, n) => Gen.Select(
        Gen.Float[-scale, scale].Array[classes].Array[n],
        Gen.OneOf(TestBatch.Distributions(classes), Gen.Int[0, classes - 1].Select(k => OneHot(classes, k))).Array[n],
        Gen.Float[0, 2].Array[n],
        Gen.OneOf(Gen.Const(0.0), Gen.Double[0.5, 40]),
        (logits, targets, weights, divisor) => new Case(logits, targets, weights, divisor)));

    [Fact]
    public void The_gradient_agrees_with_central_differences_in_double_precision() => Cases(scale: 6).Sample(c =>
    {
        (double loss, float[] gradient) = Product(c);
        double[][] z = [.. c.Logits.Select(row => row.Select(x => (double)x).ToArray())];
        Assert.Equal(Loss(c, z), loss, 1e-5);
        const double H = 1e-5;
        int at = 0;
        foreach (double[] row in z)
            for (int k = 0; k < row.Length; k++)
            {
                double kept = row[k];
                row[k] = kept + H;
                double up = Loss(c, z);
                row[k] = kept - H;
                double down = Loss(c, z);
                row[k] = kept;
                Assert.Equal((up - down) / (2 * H), gradient[at++], 2e-6);
            }
    });

    [Fact]
    public void The_gradient_of_each_sample_sums_to_zero() => Cases(scale: 50).Sample(c =>
    {
        foreach (float[] row in Product(c).Gradient.Chunk(c.Logits[0].Length)) Assert.Equal(0, row.Sum(), 1e-5);
    });

    /// <summary>z = (ln 3, 0): p = (3/4, 1/4). CE(0, p) = ln 4/3, weighted by 2 and divided by 4; dL/dz = 2/4 · (−1/4, 1/4).</summary>
    [Fact]
    public void One_sample_is_as_by_hand()
    {
        (double loss, float[] gradient) = Product(new Case([[(float)Math.Log(3), 0]], [[1, 0]], [2], 4));
        Assert.Equal(0.5 * Math.Log(4.0 / 3), loss, 1e-7);
        Assert.Equal(-0.125f, gradient[0], 1e-7f);
        Assert.Equal(0.125f, gradient[1], 1e-7f);
    }

    [Fact]
    public void Without_a_divisor_the_loss_is_the_mean_over_the_selected()
    {
        var two = new Case([[1, 0], [0, 2]], [[1, 0], [1, 0]], [1, 1], 0);
        Assert.Equal(Product(two with { Divisor = 2 }).Loss, Product(two).Loss);
        Assert.Equal(Product(two with { Divisor = 2 }).Gradient, Product(two).Gradient);
    }

    [Theory]
    [InlineData(1e4f, -1e4f)]
    [InlineData(3e38f, -3e38f)]
    [InlineData(-3e38f, 3e38f)]
    [InlineData(88.8f, 89f)]
    [InlineData(-1e-45f, 1e-45f)]
    public void Extreme_logits_give_a_finite_loss_and_gradient(float first, float second)
    {
        var extreme = new Case([[first, second]], [[1, 0]], [1], 1);
        (double loss, float[] gradient) = Product(extreme);
        double expected = first >= second ? Math.Log(1 + Math.Exp((double)second - first)) : (double)second - first + Math.Log(1 + Math.Exp((double)first - second));
        Assert.Equal(1, loss == expected ? 1 : loss / expected, 1e-6);
        Assert.All(gradient, g => Assert.InRange(g, -1f, 1f));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_logit_that_is_no_number_fails_the_run_and_says_what_to_do(float logit)
    {
        var e = Assert.Throws<RunFailedException>(() => Product(new Case([[0, logit]], [[1, 0]], [1], 1)));
        Assert.Contains("training.learningRate", e.Message, StringComparison.Ordinal);
    }

    private static (double Loss, float[] Gradient) Product(Case c)
    {
        int classes = c.Logits[0].Length;
        var selection = new BatchSelection(classes);
        selection.Reset(c.Logits.Length);
        for (int j = 0; j < c.Logits.Length; j++) selection.Add(j, c.Weights[j], c.Targets[j]);
        selection.Divisor = c.Divisor;
        var gradient = new float[c.Logits.Length * classes];
        double loss = CrossEntropy.Weighted(selection, [.. c.Logits.SelectMany(row => row)], gradient);
        return (loss, gradient);
    }

    private static double Loss(Case c, double[][] logits) =>
        logits.Select((z, j) => c.Weights[j] * -z.Select((value, k) =>
            c.Targets[j][k] * (value - z.Max() - Math.Log(z.Sum(other => Math.Exp(other - z.Max()))))).Sum()).Sum()
        / (c.Divisor > 0 ? c.Divisor : logits.Length);

    private static float[] OneHot(int classes, int label)
    {
        var target = new float[classes];
        target[label] = 1;
        return target;
    }
}
