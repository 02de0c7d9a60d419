using Llkd.Statistics;

namespace Llkd.Tests.Statistics;

public sealed class StudentizedRangeTests
{
    // Demšar (JMLR 7, 2006), table 5a: the critical values of the two-tailed Nemenyi test at 0.05, already divided by √2.
    [Theory]
    [InlineData(2, 1.960)]
    [InlineData(3, 2.343)]
    [InlineData(4, 2.569)]
    [InlineData(5, 2.728)]
    [InlineData(6, 2.850)]
    [InlineData(7, 2.949)]
    [InlineData(8, 3.031)]
    [InlineData(9, 3.102)]
    [InlineData(10, 3.164)]
    public void Critical_values_agree_with_Demsars_table(int methods, double published) =>
        Assert.Equal(published, StudentizedRange.Critical(0.05, methods) / Math.Sqrt(2), 0.00105);

    // Upper 5 % points of the studentised range at infinite degrees of freedom as in common statistical tables.
    [Theory]
    [InlineData(12, 4.62)]
    [InlineData(15, 4.80)]
    [InlineData(20, 5.01)]
    public void Critical_values_agree_with_published_tables_for_many_groups(int groups, double published) =>
        Assert.Equal(published, StudentizedRange.Critical(0.05, groups), 0.0051);

    // The range of two standard normals is √2 |Z|, so P(Q ≤ q) = 2Φ(q/√2) − 1.
    [Theory]
    [InlineData(0.5, 0.276326390168)]
    [InlineData(2.0, 0.842700792950)]
    [InlineData(2.7718077, 0.95)]
    public void The_range_of_two_is_a_folded_normal(double q, double expected) =>
        Assert.Equal(expected, StudentizedRange.Cumulative(q, 2), 1e-7);

    [Fact]
    public void The_median_of_many_groups_is_that_of_simulated_ranges()
    {
        var random = new Llkd.Numerics.RandomStream(4, "ranges");
        const int groups = 40, draws = 20_000;
        double median = StudentizedRange.Critical(0.5, groups);
        int below = 0;
        for (int d = 0; d < draws; d++)
        {
            double low = double.PositiveInfinity, high = double.NegativeInfinity;
            for (int g = 0; g < groups; g++)
            {
                double z = random.NextGaussian();
                (low, high) = (Math.Min(low, z), Math.Max(high, z));
            }
            if (high - low <= median) below++;
        }
        // Four standard errors of a share of one half.
        Assert.Equal(0.5, (double)below / draws, 4 * 0.5 / Math.Sqrt(draws));
    }
}
