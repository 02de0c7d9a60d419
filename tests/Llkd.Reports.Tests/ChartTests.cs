using System.Globalization;
using CsCheck;
using Llkd.Reports.Charts;
using Llkd.Reports.Sections;
using Llkd.Runs;

namespace Llkd.Reports.Tests;

public sealed class ChartTests
{
    [Fact]
    public void Ticks_are_round_and_inside_the_range() =>
        Assert.Equal(["0.2", "0.4", "0.6", "0.8", "1"], new Scale(0.1, 1, 0, 100).Ticks(5).Select(tick => tick.ToString("0.####", CultureInfo.InvariantCulture)));

    [Fact]
    public void Every_range_has_at_least_two_ticks_and_not_too_many() =>
        Gen.Select(Gen.Double[-1e6, 1e6], Gen.Double[1e-6, 1e6]).Sample((from, size) =>
        {
            var ticks = new Scale(from, from + size, 0, 300).Ticks(5);
            Assert.InRange(ticks.Count, 2, 12);
            Assert.All(ticks, tick => Assert.InRange(tick, from - 1e-6 * size, from + size * (1 + 1e-6)));
        });

    [Fact]
    public void A_range_around_values_holds_them_all() =>
        Gen.Double[0, 1].List[1, 20].Sample(values =>
        {
            var (low, high) = Scale.Around(values, 0, 1);
            Assert.True(low < high);
            Assert.All(values, value => Assert.InRange(value, low - 1e-9, high + 1e-9));
        });

    [Fact]
    public void Labels_are_moved_apart_in_order_and_stay_inside() =>
        Gen.Double[0, 300].List[1, 12].Sample(values =>
        {
            double[] sorted = [.. values.Order()];
            double[] places = LineChart.Spread(sorted, 15, 24, 280);
            Assert.All(places, place => Assert.InRange(place, 24 - 1e-9, 280 + 1e-9));
            for (int i = 1; i < places.Length; i++)
                Assert.True(places[i] - places[i - 1] >= 15 - 1e-9);
        });

    [Fact]
    public void Labels_with_room_stay_where_they_are() => Assert.Equal([50, 100, 200], LineChart.Spread([50, 100, 200], 15, 24, 280));

    [Fact]
    public void A_cut_text_fits_and_is_never_cut_inside_a_character()
    {
        const string family = "👨‍👩‍👧 family 👨‍👩‍👧";
        for (double width = 14; width < 300; width += 3)
        {
            string fit = TextMeasure.Fit(family, width, 12);
            Assert.True(fit == family || TextMeasure.Width(fit, 12) <= width);
            Assert.StartsWith(fit.TrimEnd('…'), family, StringComparison.Ordinal);
            Assert.Equal(fit.Any(char.IsSurrogate), fit.Contains("👨‍👩‍👧", StringComparison.Ordinal));
        }
    }

    // Worked by hand: p = 0.8, n = 100, z = 1.96 gives 0.711 to 0.867 (Brown, Cai, DasGupta 2001, formula 4).
    [Fact]
    public void The_Wilson_interval_agrees_with_a_hand_worked_one()
    {
        var (low, high) = ComparisonSection.Wilson(0.8, 100);
        Assert.Equal(0.7112, low, 0.0001);
        Assert.Equal(0.8666, high, 0.0001);
    }

    [Theory]
    [InlineData(0.80, 0.83, 1000, true)] // 3 points, standard error 1.73 points
    [InlineData(0.80, 0.84, 1000, false)] // 4 points, standard error 1.71 points
    public void A_difference_is_chance_within_1_96_standard_errors(double one, double other, int count, bool chance) =>
        Assert.Equal(chance, HeadlineSection.WithinChance(Quality(one, count), Quality(other, count)));

    private static QualityRecord Quality(double accuracy, int count) =>
        new() { Accuracy = accuracy, MacroF1 = 0, Ece = 0, Coverage = 1, Count = count, PerClass = [], Confusion = [], Reliability = [] };
}
