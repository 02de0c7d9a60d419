using CsCheck;
using Llkd.Metrics;
using Llkd.Statistics;

namespace Llkd.Tests.Statistics;

public sealed class PairedBootstrapTests
{
    // Two texts; a is right on the first only, b on the second only. Of the four equally likely resamples (1,1), (1,2),
    // (2,1), (2,2) the difference of accuracy is +1, 0, 0, −1.
    [Fact]
    public void Two_texts_give_the_four_resamples_counted_by_hand()
    {
        var scores = PairedBootstrap.Measure([0, 1], 2, [[0, 0], [1, 1]], resamples: 40_000);
        double[] differences = [.. scores[0].Accuracy.Zip(scores[1].Accuracy, (a, b) => a - b)];
        Assert.Equal(0.25, Share(differences, 1), 0.01);
        Assert.Equal(0.50, Share(differences, 0), 0.01);
        Assert.Equal(0.25, Share(differences, -1), 0.01);
        // F1 of a: all of class 0, right: 1; one of each: class 0 ⅔, class 1 0, mean ⅓; all of class 1: 0.
        Assert.Equal(0.25, Share(scores[0].MacroF1, 1), 0.01);
        Assert.Equal(0.50, Share(scores[0].MacroF1, 1.0 / 3), 0.01);
        Assert.Equal(0.25, PairedDifference.Of(0, differences).Loses, 0.01);

        static double Share(double[] values, double of) => (double)values.Count(value => Math.Abs(value - of) < 1e-12) / values.Length;
    }

    // The resampled accuracy is a binomial share: mean p, standard error √(p(1−p)/n).
    [Fact]
    public void The_interval_of_an_accuracy_is_the_binomial_one()
    {
        const int n = 2500;
        int[] gold = new int[n];
        int[] answers = [.. Enumerable.Range(0, n).Select(i => i % 5 == 0 ? 1 : 0)];
        var accuracy = PairedBootstrap.Measure(gold, 2, [answers]).Single().Accuracy;
        double error = Math.Sqrt(0.8 * 0.2 / n);
        var summary = PairedDifference.Of(0.8, accuracy);
        Assert.Equal(0.8, accuracy.Average(), 5 * error / 100);
        Assert.Equal(0.8 - 1.96 * error, summary.Low, error / 10);
        Assert.Equal(0.8 + 1.96 * error, summary.High, error / 10);
    }

    [Fact]
    public void Every_resample_is_measured_as_the_metrics_measure_it() =>
        Gen.Select(Gen.Int[1, 5], Gen.Int[1, 12]).SelectMany((classes, n) =>
            Gen.Select(Gen.Int[0, classes - 1].Array[n], Gen.Int[-1, classes - 1].Array[n], Gen.Int[0, 1000], (gold, answers, seed) => (classes, gold, answers, seed)))
        .Sample(given =>
        {
            var (classes, gold, answers, seed) = given;
            string[] labels = [.. Enumerable.Range(0, classes).Select(k => $"c{k}")];
            var scores = PairedBootstrap.Measure(gold, classes, [answers], resamples: 40, seed);
            // The draws of the first block, in the order in which the class documents them.
            var random = new Llkd.Numerics.RandomStream(seed, "paired bootstrap 0 ");
            for (int r = 0; r < 32; r++)
            {
                int[] texts = [.. gold.Select(_ => random.NextInt32(gold.Length))];
                var expected = Quality.Measure([.. texts.Select(i => gold[i])], [.. texts.Select(i => answers[i])], new float[texts.Length], labels);
                Assert.Equal(expected.Accuracy, scores[0].Accuracy[r], 1e-12);
                Assert.Equal(expected.MacroF1, scores[0].MacroF1[r], 1e-12);
            }
        });

    [Fact]
    public void Equal_answers_never_differ_and_the_seed_decides()
    {
        int[] gold = [0, 1, 2, 0, 1, 2, 0];
        int[] answers = [0, 1, 1, 2, 1, 2, 0];
        var scores = PairedBootstrap.Measure(gold, 3, [answers, answers], 500, seed: 3);
        Assert.Equal(scores[0].MacroF1, scores[1].MacroF1);
        Assert.Equal(scores[0].MacroF1, PairedBootstrap.Measure(gold, 3, [answers], 500, seed: 3)[0].MacroF1);
        Assert.NotEqual(scores[0].MacroF1, PairedBootstrap.Measure(gold, 3, [answers], 500, seed: 4)[0].MacroF1);
    }

    [Fact]
    public void Texts_without_a_class_or_an_answer_are_refused()
    {
        Assert.Throws<ArgumentException>(() => PairedBootstrap.Measure([], 2, []));
        Assert.Throws<ArgumentException>(() => PairedBootstrap.Measure([2], 2, [[0]]));
        Assert.Throws<ArgumentException>(() => PairedBootstrap.Measure([0, 1], 2, [[0]]));
        Assert.Throws<ArgumentException>(() => PairedBootstrap.Measure([0, 1], 2, [[0, 2]]));
    }
}
