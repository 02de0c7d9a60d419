using Llkd.Features;
using Llkd.Labels;
using Llkd.Numerics;
using Llkd.Selection;

namespace Llkd.Tests.Selection;

public sealed class ConfidentLearningTests
{
    /// <summary>
    /// Given 0: p(0) = .9, .8, .1 → t(0) = .6. Given 1: p(1) = .7, .6, .8 → t(1) = .7. Likely labels: sample 0 → 0,
    /// 1 → 0, 2 (p(1) = .9) → 1; 3 (p(1) = .7) → 1, 4 (p = .4, .6: neither reached) → none, 5 → 1. Rows (2, 1) and (0, 2), the
    /// second scaled to its three samples: (0, 3).
    /// </summary>
    private static readonly int[] s_labels = [0, 0, 0, 1, 1, 1];
    private static readonly float[] s_held = [0.9f, 0.1f, 0.8f, 0.2f, 0.1f, 0.9f, 0.3f, 0.7f, 0.4f, 0.6f, 0.2f, 0.8f];

    [Fact]
    public void The_confident_joint_is_as_by_hand() =>
        Assert.Equal([2, 1, 0, 3], ConfidentJoint.Of(s_labels, s_held, 2).Counts, (a, b) => Math.Abs(a - b) < 1e-6);

    [Theory]
    [InlineData(PruneRule.ByNoiseRate)]
    [InlineData(PruneRule.ByClass)]
    [InlineData(PruneRule.Both)]
    public void Each_rule_drops_the_one_wrong_label(PruneRule rule) =>
        Assert.Equal([false, false, true, false, false, false], ConfidentJoint.Of(s_labels, s_held, 2).Wrong(rule));

    /// <summary>
    /// Three classes, given 0 in all of four, whose joint says (2, 1, 1): by class the two of lowest p(0) go, by noise rate the
    /// one most for 1 and the one most for 2; sample 1 has the lowest p(0) but one, sample 3 is most for 2.
    /// </summary>
    [Fact]
    public void By_class_goes_by_confidence_and_by_noise_rate_by_margin()
    {
        int[] labels = [0, 0, 0, 0, 1, 2];
        float[] held =
        [
            0.8f, 0.1f, 0.1f,
            0.3f, 0.4f, 0.3f,
            0.2f, 0.8f, 0f,
            0.35f, 0f, 0.65f,
            0f, 0.6f, 0.4f,
            0f, 0.4f, 0.6f,
        ];
        // t = (.4125, .6, .6): sample 0 counts for 0, 1 for none, 2 for 1, 3 for 2; (1, 1, 1) scaled to four.
        ConfidentJoint joint = ConfidentJoint.Of(labels, held, 3);
        Assert.Equal([4.0 / 3, 4.0 / 3, 4.0 / 3], joint.Counts[..3], (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Equal([false, true, true, true], joint.Wrong(PruneRule.ByClass)[..4]);
        Assert.Equal([false, false, true, true], joint.Wrong(PruneRule.ByNoiseRate)[..4]);
        Assert.Equal([false, false, true, true], joint.Wrong(PruneRule.Both)[..4]);
    }

    [Fact]
    public void Labels_turned_over_in_a_pool_of_two_topics_are_found()
    {
        var random = new RandomStream(7, "pool");
        string[] texts = [.. Enumerable.Range(0, 400).Select(i => string.Join(' ', Enumerable.Range(0, 6).Select(_ => $"{(i % 2 == 0 ? "a" : "b")}{random.NextInt32(20)}")))];
        int[] wrong = [.. Enumerable.Range(0, 400).Where(i => i % 10 is 3 or 6)];
        var q = new float[800];
        for (int i = 0; i < 400; i++) q[i * 2 + (wrong.Contains(i) ? 1 - i % 2 : i % 2)] = 1;
        var pool = new PoolContext(new PseudoLabels(q, 2), new RandomStream(1, "filter"), features: new PoolFeatures(texts));
        int[] kept = new ConfidentLearning().FilterPool(pool);
        int dropped = 400 - kept.Length, found = wrong.Except(kept).Count();
        Assert.InRange(found, 72, 80);
        Assert.InRange(dropped, 72, 90);
    }

    [Fact]
    public void A_class_keeps_its_best_sample()
    {
        // Both samples of class 1 look like class 0 through and through.
        int[] labels = [0, 0, 1, 1];
        float[] held = [0.6f, 0.4f, 0.6f, 0.4f, 0.95f, 0.05f, 0.9f, 0.1f];
        bool[] wrong = ConfidentJoint.Of(labels, held, 2).Wrong(PruneRule.ByClass);
        Assert.False(wrong[3]);
    }
}
