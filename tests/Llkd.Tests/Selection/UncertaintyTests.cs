using CsCheck;
using Llkd.Selection;

namespace Llkd.Tests.Selection;

public sealed class UncertaintyTests
{
    // H(.5, .25, .25) = .5 ln 2 + 2 · .25 ln 4 = 1.5 ln 2 = 1.0397208; divided by ln 3 = 1.0986123: .9463946
    [Theory]
    [InlineData(UncertaintyMeasure.Entropy, .9463946)]
    [InlineData(UncertaintyMeasure.LeastConfidence, .5)]
    [InlineData(UncertaintyMeasure.Margin, .75)]
    public void Each_measure_of_a_half_and_two_quarters_is_as_by_hand(UncertaintyMeasure measure, double expected) =>
        Assert.Equal(expected, Uncertainty.Of(measure, [.25f, .5f, .25f]), 1e-6);

    [Theory]
    [InlineData(UncertaintyMeasure.Entropy, 1)]
    [InlineData(UncertaintyMeasure.LeastConfidence, .75)]
    [InlineData(UncertaintyMeasure.Margin, 1)]
    public void A_uniform_distribution_is_as_uncertain_as_can_be(UncertaintyMeasure measure, double most) =>
        Assert.Equal(most, Uncertainty.Of(measure, [.25f, .25f, .25f, .25f]), 1e-6);

    [Theory]
    [InlineData(UncertaintyMeasure.Entropy)]
    [InlineData(UncertaintyMeasure.LeastConfidence)]
    [InlineData(UncertaintyMeasure.Margin)]
    public void A_certain_distribution_is_not_uncertain(UncertaintyMeasure measure) =>
        Assert.Equal(0, Uncertainty.Of(measure, [0, 0, 1]));

    [Fact]
    public void The_entropy_of_many_equal_classes_does_not_exceed_one()
    {
        for (int classes = 2; classes < 2000; classes += 7)
        {
            float[] uniform = new float[classes];
            Array.Fill(uniform, 1f / classes);
            Assert.InRange(Uncertainty.Of(UncertaintyMeasure.Entropy, uniform), 0.999999f, 1f);
        }
    }

    [Fact]
    public void Every_measure_agrees_with_the_formula_in_double_precision() =>
        Gen.Int[2, 100].SelectMany(TestBatch.Distributions).Sample(p =>
        {
            foreach (UncertaintyMeasure measure in Enum.GetValues<UncertaintyMeasure>())
                Assert.Equal(SlowLlkd.UncertaintyOf(measure, p), Uncertainty.Of(measure, p), 2e-6);
        });
}
