using CsCheck;
using Llkd.Numerics;
using Llkd.Selection;

namespace Llkd.Tests.Selection;

public sealed class RandomSelectionTests
{
    [Fact]
    public void The_share_of_the_batch_is_exact_and_at_least_one_sample() =>
        Gen.Select(Gen.Int[1, 200], Gen.Double[0, 1]).Sample((n, share) =>
        {
            Choice choice = BatchOf(n).SelectWith(Create(1, share));
            Assert.Equal(Math.Max(1, (int)Math.Round(share * n)), choice.Positions.Length);
            Assert.All(choice.Weights, weight => Assert.Equal(1f, weight));
        });

    [Fact]
    public void Every_subset_size_can_be_asked_for()
    {
        for (int n = 1; n <= 12; n++)
            for (int size = 1; size <= n; size++)
                Assert.Equal(size, BatchOf(n).SelectWith(Create(1, (double)size / n)).Positions.Length);
    }

    /// <summary>
    /// χ² over the C(6, 3) = 20 subsets: 19 degrees of freedom, whose 1 − 10⁻⁹ quantile is 81.2. A seed of each run's
    /// own; one that fails stands in the message.
    /// </summary>
    [Fact]
    public void Every_subset_of_the_size_is_equally_likely()
    {
        int seed = Random.Shared.Next();
        SelectionMethod method = Create(seed, 0.5);
        TestBatch batch = BatchOf(6);
        const int Draws = 20_000;
        var counts = new Dictionary<string, int>();
        for (int draw = 0; draw < Draws; draw++)
        {
            string subset = string.Join(' ', batch.SelectWith(method).Positions);
            counts[subset] = counts.GetValueOrDefault(subset) + 1;
        }
        Assert.Equal(20, counts.Count);
        double expected = Draws / 20.0;
        double chiSquare = counts.Values.Sum(count => (count - expected) * (count - expected) / expected);
        Assert.True(chiSquare < 81.2, $"χ² = {chiSquare} with seed {seed}");
    }

    [Fact]
    public void The_same_seed_chooses_the_same_and_another_seed_another()
    {
        TestBatch batch = BatchOf(64);
        Assert.Equal(batch.SelectWith(Create(5, 0.5)).Positions, batch.SelectWith(Create(5, 0.5)).Positions);
        Assert.NotEqual(batch.SelectWith(Create(5, 0.5)).Positions, batch.SelectWith(Create(6, 0.5)).Positions);
    }

    [Fact]
    public void Successive_batches_get_different_choices()
    {
        SelectionMethod method = Create(5, 0.5);
        TestBatch batch = BatchOf(64);
        Assert.NotEqual(batch.SelectWith(method).Positions, batch.SelectWith(method).Positions);
    }

    private static RandomSelection Create(int seed, double share) =>
        new(new RandomStream(seed, "selection"), new RandomSelectionOptions { Share = share });

    private static TestBatch BatchOf(int n) => new([.. Enumerable.Repeat(new[] { 0.6f, 0.4f }, n)], []);
}
