using CsCheck;
using Llkd.Numerics;
using Llkd.Selection;

namespace Llkd.Tests.Selection;

public sealed class FreeMatchTests
{
    /// <summary>
    /// λ = 0.5, two samples with p = (.8, .2) and (.4, .6): max p are .8 and .6, their mean .7, T = (.5 + .7)/2 = .6;
    /// mean p = (.6, .4), a = (.55, .45); τ = (.6, .6 · .45/.55 = .4909). Both are used; the teacher's labels are learned.
    /// </summary>
    [Fact]
    public void Thresholds_are_as_by_hand()
    {
        var method = new FreeMatch(2, new FreeMatchOptions { Momentum = 0.5 });
        Choice choice = new TestBatch([[0.1f, 0.9f], [0.1f, 0.9f]], [[0.8f, 0.2f], [0.4f, 0.6f]]).SelectWith(method);
        Assert.Equal(0.6f, method.ConfidenceThresholds[0], 1e-6f);
        Assert.Equal(0.6f * 0.45f / 0.55f, method.ConfidenceThresholds[1], 1e-6f);
        Assert.Equal([0, 1], choice.Positions);
        Assert.All(choice.Targets, target => Assert.Equal([0f, 1f], target));
        Assert.Equal(2, choice.Divisor);
    }

    [Fact]
    public void Without_class_scaling_there_is_one_global_threshold() => TestBatch.Sequences().Sample(batches =>
    {
        int classes = batches[0].Teacher[0].Length;
        var method = new FreeMatch(classes, new FreeMatchOptions { Momentum = 0.9, ClassScaling = ClassScaling.None });
        double global = 1.0 / classes;
        foreach (TestBatch batch in batches)
        {
            Choice choice = batch.SelectWith(method);
            global = 0.9 * global + 0.1 * batch.Student.Average(p => (double)p.Max());
            for (int i = 0; i < batch.Count; i++)
            {
                double slack = batch.Student[i].Max() - global;
                if (Math.Abs(slack) > 1e-5) Assert.Equal(slack > 0, choice.Positions.Contains(i));
            }
        }
    }, iter: 100);

    [Fact]
    public void The_choice_agrees_with_a_slow_implementation() => TestBatch.Sequences(longest: 30).Sample(batches =>
    {
        int classes = batches[0].Teacher[0].Length;
        var method = new FreeMatch(classes, new FreeMatchOptions { Momentum = 0.8 });
        double global = 1.0 / classes;
        double[] levels = [.. Enumerable.Repeat(1.0 / classes, classes)];
        foreach (TestBatch batch in batches)
        {
            Choice choice = batch.SelectWith(method);
            global = 0.8 * global + 0.2 * batch.Student.Average(p => (double)p.Max());
            levels = [.. levels.Select((a, k) => 0.8 * a + 0.2 * batch.Student.Average(p => (double)p[k]))];
            for (int i = 0; i < batch.Count; i++)
            {
                int predicted = Array.IndexOf(batch.Student[i], batch.Student[i].Max());
                double slack = batch.Student[i].Max() - levels[predicted] / levels.Max() * global;
                if (Math.Abs(slack) > 1e-5) Assert.Equal(slack > 0, choice.Positions.Contains(i));
            }
        }
    }, iter: 200);

    [Theory]
    [InlineData(FairnessSign.Published)]
    [InlineData(FairnessSign.Reversed)]
    public void The_fairness_terms_gradient_agrees_with_finite_differences(FairnessSign sign) => Gen.Int[2, 5].SelectMany(classes =>
        Gen.Select(TestBatch.Batches(classes, 8), Gen.Float[-2, 2].Array[classes].Select(Decided).Array[8])).Sample((batch, logits) =>
            Losses.AssertGradient(
                new FreeMatch(batch.Teacher[0].Length, new FreeMatchOptions { Momentum = 0.5, Fairness = 0.5, FairnessSign = sign }), batch, logits),
            iter: 100);

    /// <summary>
    /// Average mean p (.6, .4) and histogram (.5, .5): m = (.6, .4). Two samples of probability (.75, .25) and (.25, .75):
    /// mean (.5, .5), histogram (.5, .5), m̄ = (.5, .5); F = ln .5.
    /// </summary>
    [Fact]
    public void The_fairness_term_is_as_by_hand()
    {
        float z = (float)Math.Log(3);
        Assert.Equal(Math.Log(0.5), new Fairness(2).Add([0.6, 0.4], [0.5, 0.5], [z, 0, 0, z], new float[4], 0.01), 1e-6);
    }

    [Fact]
    public void The_reversed_sign_takes_away_what_the_published_one_adds()
    {
        // Two texts lean to the class that the average leans to less.
        float[][] logits = [[0, 1.2f], [1, 0]];
        var batch = new TestBatch([[0.9f, 0.1f], [0.9f, 0.1f]], [[0.9f, 0.1f], [0.8f, 0.2f]]);
        double Term(FairnessSign sign, float shift)
        {
            var with = new FreeMatch(2, new FreeMatchOptions { Momentum = 0.5, Fairness = 1, FairnessSign = sign });
            var without = new FreeMatch(2, new FreeMatchOptions { Momentum = 0.5 });
            float[][] z = [[logits[0][0] + shift, logits[0][1]], [logits[1][0] + shift, logits[1][1]]];
            return Losses.Of(with, batch, z).Loss - Losses.Of(without, batch, z).Loss;
        }
        Assert.Equal(-Term(FairnessSign.Published, 0), Term(FairnessSign.Reversed, 0), 1e-6);
        Assert.NotEqual(Term(FairnessSign.Published, 0.1f), Term(FairnessSign.Published, 0), 1e-6);
    }

    /// <summary>The histogram jumps where the two largest logits meet; there are no differences to take there.</summary>
    private static float[] Decided(float[] logits)
    {
        float[] decided = [.. logits];
        decided[Array.IndexOf(decided, decided.Max())] += 0.05f;
        return decided;
    }
}
