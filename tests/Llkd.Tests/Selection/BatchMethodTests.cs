using CsCheck;
using Llkd.Selection;

namespace Llkd.Tests.Selection;

/// <summary>UNIXKD, DynamicKD and soft labels.</summary>
public sealed class BatchMethodTests
{
    [Fact]
    public void Unixkd_at_100_percent_is_no_selection() => TestBatch.Sequences().Sample(batches =>
    {
        var all = new Unixkd(new UnixkdOptions { Share = 1 });
        foreach (TestBatch batch in batches)
        {
            Choice expected = batch.SelectWith(new NoDataSelection()), actual = batch.SelectWith(all);
            Assert.Equal(expected.Positions, actual.Positions);
            Assert.Equal(expected.Weights, actual.Weights);
            Assert.Equal(expected.Targets, actual.Targets);
        }
    });

    [Fact]
    public void Unixkd_takes_the_least_certain_and_the_earlier_of_two_alike() =>
        Assert.Equal([1, 2], new TestBatch(
            [.. Enumerable.Repeat(new[] { 0.9f, 0.1f }, 4)],
            [[0.9f, 0.1f], [0.6f, 0.4f], [0.3f, 0.7f], [0.7f, 0.3f]]).SelectWith(new Unixkd()).Positions);

    [Fact]
    public void No_sample_that_unixkd_leaves_out_is_less_certain_than_one_it_takes() => TestBatch.Sequences().Sample(batches =>
    {
        foreach (TestBatch batch in batches)
        {
            Choice choice = batch.SelectWith(new Unixkd(new UnixkdOptions { Share = 0.3 }));
            Assert.Equal(Math.Max(1, (int)Math.Round(0.3 * batch.Count)), choice.Positions.Length);
            float[] u = [.. batch.Student.Select(p => Uncertainty.Of(UncertaintyMeasure.Entropy, p))];
            float least = choice.Positions.Min(i => u[i]);
            Assert.All(Enumerable.Range(0, batch.Count).Except(choice.Positions), i => Assert.True(u[i] <= least));
        }
    });

    [Fact]
    public void Dynamickd_weights_every_sample_by_the_students_uncertainty()
    {
        var batch = new TestBatch([[0.9f, 0.1f], [0.2f, 0.8f]], [[0.5f, 0.5f], [1, 0]]);
        Choice choice = batch.SelectWith(new DynamicKd());
        Assert.Equal([0, 1], choice.Positions);
        Assert.Equal([1f, 0f], choice.Weights);
        Assert.Equal([0f, 1f], choice.Targets[1]);
    }

    [Fact]
    public void Soft_labels_are_the_teachers_distributions()
    {
        var batch = new TestBatch([[0.9f, 0.1f], [0.2f, 0.8f]], []);
        Choice choice = batch.SelectWith(SelectionMethods.Create("soft-labels", Llkd.Tasks.OptionMap.Empty, 2, 1));
        Assert.Equal(batch.Teacher, choice.Targets);
    }
}
