using CsCheck;
using Llkd.Statistics;

namespace Llkd.Tests.Statistics;

public sealed class FriedmanTestTests
{
    // Demšar (2006), table 6: AUC of C4.5 with m 0 cf 0, m tuned, cf tuned, both tuned on 14 data sets.
    // The article ranks unrounded values: the two 0.975 of "voting" take ranks 2 and 3 there, hence 0.97501.
    // Section 3.2.2 states mean ranks 3.143, 2.000, 2.893, 1.964, χ² = 9.28, F = 3.69; the Nemenyi difference is 1.25.
    private static readonly double[][] Demsar =
    [
        [0.763, 0.768, 0.771, 0.798], [0.599, 0.591, 0.590, 0.569], [0.954, 0.971, 0.968, 0.967], [0.628, 0.661, 0.654, 0.657],
        [0.882, 0.888, 0.886, 0.898], [0.936, 0.931, 0.916, 0.931], [0.661, 0.668, 0.609, 0.685], [0.583, 0.583, 0.563, 0.625],
        [0.775, 0.838, 0.866, 0.875], [1.000, 1.000, 1.000, 1.000], [0.940, 0.962, 0.965, 0.962], [0.619, 0.666, 0.614, 0.669],
        [0.972, 0.981, 0.97501, 0.975], [0.957, 0.978, 0.946, 0.970],
    ];

    [Fact]
    public void Demsars_worked_example_comes_out()
    {
        var test = FriedmanTest.Of(Demsar);
        Assert.Equal([3.143, 2.000, 2.893, 1.964], test.MeanRanks.Select(rank => Math.Round(rank, 3)));
        // The article leaves out the correction for ties: take it off before comparing.
        double ties = Demsar.Select(row => Ranks.Descending(row).GroupBy(r => r).Sum(g => Math.Pow(g.Count(), 3) - g.Count())).Sum();
        double uncorrected = test.ChiSquare * (1 - ties / (14 * 60));
        Assert.Equal(9.28, uncorrected, 0.01);
        Assert.Equal(3.69, 13 * uncorrected / (14 * 3 - uncorrected), 0.01);
        Assert.Equal(1.25, test.CriticalDifference, 0.005);
    }

    // χ²(3) exceeds 7.814728 and F(3, 39) exceeds 2.845068 with probability 0.05.
    [Fact]
    public void Probabilities_agree_with_the_tables()
    {
        Assert.Equal(0.05, Distributions.ChiSquareUpper(7.814727903, 3), 1e-8);
        Assert.Equal(Math.Exp(-5), Distributions.ChiSquareUpper(10, 2), 1e-12);
        Assert.Equal(0.05, Distributions.FUpper(2.845067753, 3, 39), 1e-6);
        // F with (2, m) degrees of freedom has the closed form (1 + 2x/m)^(−m/2).
        Assert.Equal(Math.Pow(1 + 2 * 1.7 / 9, -4.5), Distributions.FUpper(1.7, 2, 9), 1e-12);
        Assert.Equal(0.975, Distributions.Normal(1.959963984540054), 1e-14);
        Assert.Equal(Math.Log(Math.Sqrt(Math.PI)), Distributions.LogGamma(0.5), 1e-13);
    }

    [Fact]
    public void Methods_that_always_rank_alike_differ_beyond_doubt()
    {
        var test = FriedmanTest.Of([.. Enumerable.Range(0, 30).Select(i => (IReadOnlyList<double>)[0.9 + i, 0.8 + i, 0.7 + i])]);
        Assert.Equal(60, test.ChiSquare, 1e-9);
        Assert.Equal(double.PositiveInfinity, test.F);
        Assert.Equal(0, test.FProbability);
        Assert.Empty(test.Alike());
    }

    [Fact]
    public void Methods_that_always_tie_are_all_alike()
    {
        var test = FriedmanTest.Of([[1.0, 1, 1], [2.0, 2, 2]]);
        Assert.Equal(0, test.ChiSquare);
        Assert.Equal(1, test.ChiSquareProbability, 1e-12);
        Assert.Equal([0, 1, 2], Assert.Single(test.Alike()));
    }

    [Fact]
    public void Ranks_are_shared_and_a_missing_score_comes_last() =>
        Assert.Equal([1.5, 4, 1.5, 3, 5], Ranks.Descending([0.9, 0.1, 0.9, 0.5, double.NaN]));

    [Fact]
    public void Ranks_sum_to_the_triangle_number() =>
        Gen.Int[0, 5].Select(i => i / 5.0).List[1, 30].Sample(scores =>
            Assert.Equal(scores.Count * (scores.Count + 1) / 2.0, Ranks.Descending(scores).Sum(), 1e-9));

    [Fact]
    public void Groups_of_methods_overlap_but_none_lies_in_another()
    {
        var test = FriedmanTest.Of([[4.0, 3, 2, 1], [4.0, 3, 2, 1]]) with { CriticalDifference = 1.5 };
        Assert.Equal([[0, 1], [1, 2], [2, 3]], test.Alike());
    }
}
