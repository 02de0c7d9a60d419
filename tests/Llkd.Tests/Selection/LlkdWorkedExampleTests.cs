using Llkd.Selection;

namespace Llkd.Tests.Selection;

/// <summary>
/// Three batches by hand: C = 2, λ = 1/2, u = margin. T_0 = 1/2, a_0 = (1/2, 1/2), S_0 = 1, b_0 = (1, 1).
/// </summary>
public sealed class LlkdWorkedExampleTests
{
    private static readonly LlkdOptions Options = new() { Momentum = 0.5, Uncertainty = UncertaintyMeasure.Margin };

    private static readonly TestBatch First = new(
        [[.75f, .25f], [.25f, .75f], [1, 0], [.5f, .5f]],               // ŷ = 0, 1, 0, 0 (a tie is the lowest), c = .75, .75, 1, .5
        [[.5f, .5f], [.75f, .25f], [.125f, .875f], [.625f, .375f]]);    // u = 1, .5, .25, .75

    private static readonly TestBatch Second = new(
        [[1, 0], [.75f, .25f]],                                         // ŷ = 0, 0, c = 1, .75
        [[.5f, .5f], [.625f, .375f]]);                                  // u = 1, .75

    private static readonly TestBatch Third = new(
        [[.125f, .875f], [.125f, .875f], [.625f, .375f], [0, 1]],       // ŷ = 1, 1, 0, 1, c = .875, .875, .625, 1
        [[.375f, .625f], [.5f, .5f], [.5f, .5f], [1, 0]]);              // u = .75, 1, 1, 0

    [Fact]
    public void Thresholds_and_selection_of_three_batches_are_as_by_hand()
    {
        var method = new LlkdMethod(2, Options);

        // mean c = .75          T = (.5 + .75)/2 = .625
        // mean q = (.625, .375) a = (.5625, .4375)              τT = (.625, .4375/.5625 · .625) = (.625, .4861111)
        // mean u = .625         S = (1 + .625)/2 = .8125
        // mean u of 0 = 2/3     b = (.8333333, (1 + .5)/2)      τS = (.8125, .75/.8333333 · .8125) = (.8125, .73125)
        // 1st: .75 ≥ .625 and 1 ≥ .8125. 2nd: .5 < .73125. 3rd: .25 < .8125. 4th: .5 < .625.
        Choice first = First.SelectWith(method);
        Equal([.625, .4861111], first.TeacherThresholds);
        Equal([.8125, .73125], first.StudentThresholds);
        Assert.Equal([0], first.Positions);

        // mean c = .875         T = (.625 + .875)/2 = .75
        // mean q = (.875, .125) a = (.71875, .28125)            τT = (.75, .28125/.71875 · .75) = (.75, .2934783)
        // mean u = .875         S = (.8125 + .875)/2 = .84375
        // mean u of 0 = .875    b = (.8541667, .75: no label 1) τS = (.84375, .75/.8541667 · .84375) = (.84375, .7408537)
        // 1st: 1 and 1. 2nd: .75 ≥ .75, for a tie counts, but .75 < .84375.
        Choice second = Second.SelectWith(method);
        Equal([.75, .2934783], second.TeacherThresholds);
        Equal([.84375, .7408537], second.StudentThresholds);
        Assert.Equal([0], second.Positions);

        // mean c = .84375       T = (.75 + .84375)/2 = .796875
        // mean q = (.21875, .78125) a = (.46875, .53125)        τT = (.46875/.53125 · .796875, .796875) = (.703125, .796875)
        // mean u = .6875        S = (.84375 + .6875)/2 = .765625
        // mean u of 0 = 1, of 1 = (.75 + 1 + 0)/3 = .5833333
        // b = (.9270833, .6666667)                              τS = (.765625, .6666667/.9270833 · .765625) = (.765625, .5505618)
        // 1st: .875 ≥ .796875 and .75 ≥ .5505618. 2nd: .875 and 1. 3rd: .625 < .703125. 4th: 0 < .5505618.
        Choice third = Third.SelectWith(method);
        Equal([.703125, .796875], third.TeacherThresholds);
        Equal([.765625, .5505618], third.StudentThresholds);
        Assert.Equal([0, 1], third.Positions);
        Assert.Equal([1f, 1f], third.Weights);
        Assert.Equal([[0, 1], [0, 1]], third.Targets);
        Assert.Equal(2, third.Divisor);
    }

    /// <summary>λ = 0, a text of each class and both alike: T = c = .75 and S = u = .5, and ≥ holds with equality, for each condition alone too.</summary>
    [Theory]
    [InlineData(LlkdConditions.TeacherConfidence)]
    [InlineData(LlkdConditions.StudentUncertainty)]
    [InlineData(LlkdConditions.Both)]
    public void A_value_on_its_threshold_is_enough(LlkdConditions conditions)
    {
        TestBatch alike = new([[.75f, .25f], [.25f, .75f]], [[.75f, .25f], [.75f, .25f]]);
        Assert.Equal([0, 1], alike.SelectWith(new LlkdMethod(2, Options with { Momentum = 0 }, conditions: conditions)).Positions);
    }

    [Fact]
    public void Without_class_scaling_all_classes_have_the_global_threshold()
    {
        Choice third = ThirdOf(new LlkdMethod(2, Options with { ClassScaling = ClassScaling.None }));
        Equal([.796875, .796875], third.TeacherThresholds);
        Equal([.765625, .765625], third.StudentThresholds);
        Assert.Equal([1], third.Positions); // the 1st: .75 < .765625
    }

    [Fact]
    public void Llkd_w_weights_by_the_sum_of_confidence_and_uncertainty()
    {
        Choice third = ThirdOf(new LlkdMethod(2, Options, weighted: true));
        Assert.Equal([0, 1], third.Positions);
        Assert.Equal([.875f + .75f, .875f + 1], third.Weights);
    }

    [Fact]
    public void Llkd_w_weights_by_the_product_where_asked()
    {
        Choice third = ThirdOf(new LlkdMethod(2, Options with { Weighting = LlkdWeighting.Product }, weighted: true));
        Assert.Equal([.875f * .75f, .875f], third.Weights);
    }

    [Theory]
    [InlineData("llkd-without-tc", new[] { 0, 1, 2 })]      // u ≥ τS alone: the 3rd's 1 ≥ .765625 as well
    [InlineData("llkd-without-su", new[] { 0, 1, 3 })]      // c ≥ τT alone: the 4th's 1 ≥ .796875 as well
    [InlineData("llkd-without-tc-su", new[] { 0, 1, 2, 3 })]
    [InlineData("llkd", new[] { 0, 1 })]
    public void An_ablation_drops_its_condition_and_no_other(string name, int[] selected)
    {
        var options = new Dictionary<string, string> { ["momentum"] = "0.5", ["uncertainty"] = "margin" };
        Assert.Equal(selected, ThirdOf(SelectionMethods.Create(name, Llkd.Tasks.OptionMap.Of(options), 2, seed: 1)).Positions);
    }

    [Fact]
    public void The_ablations_show_only_the_thresholds_they_use()
    {
        Choice withoutTc = ThirdOf(new LlkdMethod(2, Options, conditions: LlkdConditions.StudentUncertainty));
        Assert.Empty(withoutTc.TeacherThresholds);
        Equal([.765625, .5505618], withoutTc.StudentThresholds);
        Choice withoutSu = ThirdOf(new LlkdMethod(2, Options, conditions: LlkdConditions.TeacherConfidence));
        Equal([.703125, .796875], withoutSu.TeacherThresholds);
        Assert.Empty(withoutSu.StudentThresholds);
    }

    [Fact]
    public void Dividing_by_the_batch_divides_by_its_size_whatever_is_selected() =>
        Assert.Equal(4, ThirdOf(new LlkdMethod(2, Options with { Divisor = LossDivisor.Batch })).Divisor);

    [Theory]
    [InlineData(TargetKind.Hard, 0f, 1f)]
    [InlineData(TargetKind.Soft, .125f, .875f)]
    [InlineData(TargetKind.Mix, .0625f, .9375f)]
    public void The_target_is_the_label_the_distribution_or_their_mean(TargetKind target, float first, float second)
    {
        Assert.Equal([[first, second], [first, second]], ThirdOf(new LlkdMethod(2, Options with { Target = target })).Targets);
        TestBatch one = new([[.125f, .875f]], []);
        Assert.Equal([[first, second]], one.SelectWith(new NoDataSelection(new NoDataSelectionOptions { Target = target })).Targets);
    }

    private static Choice ThirdOf(SelectionMethod method)
    {
        First.SelectWith(method);
        Second.SelectWith(method);
        return Third.SelectWith(method);
    }

    private static void Equal(double[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int k = 0; k < expected.Length; k++) Assert.Equal(expected[k], actual[k], 1e-6);
    }
}
