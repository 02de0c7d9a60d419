using CsCheck;
using Llkd.Selection;

namespace Llkd.Tests.Selection;

public sealed class FlexMatchTests
{
    /// <summary>τ = .8 over 4 samples. At first no class has a count, so every threshold is 0 and all are used.</summary>
    [Fact]
    public void Thresholds_rise_with_what_is_learned_as_by_hand()
    {
        var method = new FlexMatch(2, new FlexMatchOptions { Threshold = 0.8 });
        var batch = new TestBatch(
            [.. Enumerable.Repeat(new[] { 0.9f, 0.1f }, 4)],
            [[0.9f, 0.1f], [0.85f, 0.15f], [0.2f, 0.8f], [0.45f, 0.55f]]);
        Assert.Equal([0, 1, 2, 3], batch.SelectWith(method).Positions);

        // Counts are now (2, 1) and one sample has none: β = (1, 1/2), M = (1, 1/3), thresholds .8 and .2667.
        var next = new TestBatch(batch.Teacher, [[0.79f, 0.21f], [0.81f, 0.19f], [0.4f, 0.6f], [0.26f, 0.74f]]);
        Assert.Equal([1, 2, 3], next.SelectWith(method).Positions);
    }

    [Fact]
    public void The_choice_agrees_with_a_slow_implementation() => Gen.Int[2, 5].SelectMany(classes =>
        TestBatch.Batches(classes, 16).Array[1, 15]).Sample(batches =>
        {
            int classes = batches[0].Teacher[0].Length, pool = batches[0].Count;
            batches = [.. batches.Where(b => b.Count == pool)];
            var method = new FlexMatch(classes, new FlexMatchOptions { Threshold = 0.7 });
            var last = new Dictionary<int, int>();
            foreach (TestBatch batch in batches)
            {
                double[] counts = [.. Enumerable.Range(0, classes).Select(k => (double)last.Values.Count(l => l == k))];
                double largest = Math.Max(counts.Max(), pool - last.Count);
                Choice choice = batch.SelectWith(method);
                for (int i = 0; i < pool; i++)
                {
                    float max = batch.Student[i].Max();
                    int predicted = Array.IndexOf(batch.Student[i], max);
                    double beta = counts[predicted] / largest, threshold = 0.7 * beta / (2 - beta);
                    if (Math.Abs(max - threshold) > 1e-6) Assert.Equal(max >= threshold, choice.Positions.Contains(i));
                    if (max >= 0.7) last[i] = predicted;
                }
            }
        }, iter: 200);
}
