using CsCheck;
using Llkd.Selection;

namespace Llkd.Tests.Selection;

public sealed class CckdTests
{
    private static readonly Gen<(TestBatch Batch, float[][] Logits)> s_cases = Gen.Int[2, 6].SelectMany(classes =>
        Gen.Select(TestBatch.Batches(classes, 6), Gen.Float[-3, 3].Array[classes].Array[6]));

    [Fact]
    public void At_temperature_1_both_forms_have_the_same_gradient_and_loss() => s_cases.Sample((batch, logits) =>
    {
        (double ofL, float[] gradientL) = Losses.Of(new CckdL(), batch, logits);
        (double ofT, float[] gradientT) = Losses.Of(new CckdT(new CckdTOptions { Regularized = false }), batch, logits);
        Assert.Equal(ofT, ofL, 1e-5);
        for (int i = 0; i < gradientL.Length; i++) Assert.Equal(gradientT[i], gradientL[i], 1e-5f);
    });

    [Theory]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(3)]
    public void The_gradient_of_the_loss_form_agrees_with_finite_differences(double temperature) => s_cases.Sample(
        (batch, logits) => Losses.AssertGradient(new CckdL(new CckdLOptions { Temperature = temperature }), batch, logits), iter: 100);

    /// <summary>
    /// q = (.8, .2) at T = 2: softened (√.8, √.2) = (2, 1)/3. z = (0, 0): both softmaxes are (.5, .5).
    /// L = .8 · 4 · ln 2 + .2 · ln 2; dL/dz_0 = .8 · 2 · (1/2 − 2/3) + .2 · (1/2 − 1).
    /// </summary>
    [Fact]
    public void The_loss_form_is_as_by_hand()
    {
        var batch = new TestBatch([[0.8f, 0.2f]], [[0.5f, 0.5f]]);
        (double loss, float[] gradient) = Losses.Of(new CckdL(new CckdLOptions { Temperature = 2 }), batch, [[0, 0]]);
        Assert.Equal(3.4 * Math.Log(2), loss, 1e-6);
        Assert.Equal(-1.6 / 6 - 0.1, gradient[0], 1e-6);
    }

    /// <summary>c = .7 of q = (.7, .2, .1): .7 q + .3 onehot = (.79, .14, .07).</summary>
    [Fact]
    public void The_target_form_mixes_distribution_and_label_by_confidence()
    {
        Choice choice = new TestBatch([[0.7f, 0.2f, 0.1f]], [[0.2f, 0.5f, 0.3f]]).SelectWith(new CckdT());
        foreach ((float expected, float actual) in new[] { 0.79f, 0.14f, 0.07f }.Zip(choice.Targets[0])) Assert.Equal(expected, actual, 1e-6f);
    }

    /// <summary>α = .1: η is 0 in the first epoch, where only disagreement counts, and 1 − e^−.5 = .3935 in the sixth.</summary>
    [Fact]
    public void What_the_student_has_learned_is_left_out_until_the_margin_asked_for_grows_over_it()
    {
        var batch = new TestBatch(
            [[0.9f, 0.1f], [0.9f, 0.1f], [0.9f, 0.1f]],
            [[0.4f, 0.6f], [0.69f, 0.31f], [0.7f, 0.3f]]);
        Assert.Equal([0], batch.SelectWith(new CckdT(), epoch: 0).Positions);
        Assert.Equal([0, 1], batch.SelectWith(new CckdT(), epoch: 5).Positions);
        Assert.Equal([0, 1, 2], batch.SelectWith(new CckdT(), epoch: 6).Positions);
        Assert.Equal([0, 1, 2], batch.SelectWith(new CckdT(new CckdTOptions { Regularized = false })).Positions);
    }
}
