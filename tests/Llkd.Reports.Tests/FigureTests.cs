namespace Llkd.Reports.Tests;

public sealed class FigureTests
{
    [Theory]
    [InlineData(0.4213, "0.42 s")]
    [InlineData(12.34, "12.3 s")]
    [InlineData(59.94, "59.9 s")]
    [InlineData(59.96, "1 min 0 s")]
    [InlineData(135.2, "2 min 15 s")]
    [InlineData(3599.6, "1 h 0 min")]
    [InlineData(3840, "1 h 4 min")]
    [InlineData(4_000_000, "1 111 h 7 min")]
    [InlineData(double.NaN, "–")]
    public void Times_are_read_at_a_glance(double seconds, string expected) => Assert.Equal(expected, Figure.Duration(seconds).Replace('\u202F', ' '));

    [Theory]
    [InlineData(0.147, "+14.7")]
    [InlineData(-0.02, "−2.0")]
    [InlineData(-0.0001, "0.0")]
    [InlineData(0.0, "0.0")]
    public void Differences_carry_their_sign(double difference, string expected) => Assert.Equal(expected, Figure.Points(difference));

    [Fact]
    public void Counts_and_shares_are_grouped_by_thin_spaces()
    {
        Assert.Equal("79\u202F790", Figure.Count(79790));
        Assert.Equal("−1\u202F234", Figure.Count(-1234));
        Assert.Equal("86.1\u202F%", Figure.Percent(0.861));
        Assert.Equal("73.3\u202F%", Figure.Percent(0.7325));
        Assert.Equal("–", Figure.Percent(double.NaN));
        Assert.Equal("20k", Figure.Short(20_000));
        Assert.Equal("1.5M", Figure.Short(1_500_000));
        Assert.Equal("0", Figure.Short(-0.0));
    }
}
