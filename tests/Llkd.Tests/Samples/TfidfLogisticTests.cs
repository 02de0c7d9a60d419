using CsCheck;

namespace Llkd.Tests.Samples;

/// <summary>The measuring stick is itself measured.</summary>
public sealed class TfidfLogisticTests
{
    [Fact]
    public void Tfidf_agrees_with_a_hand_worked_example()
    {
        Tfidf features = Tfidf.Fit(["red car", "Red red bus!"], longest: 1);
        var (indices, values) = features.Transform("red, RED car; unknown");

        // red: in both texts, idf ln(3/3) + 1 = 1, tf 2. car: in one, idf ln(3/2) + 1 = 1.405465, tf 1.
        double length = Math.Sqrt(4 + 1.405465108 * 1.405465108);
        Assert.Equal([0, 1], indices);
        Assert.Equal(2 / length, values[0], 8);
        Assert.Equal(1.405465108 / length, values[1], 8);
    }

    [Fact]
    public void Bigrams_are_features_beside_words_and_rare_ones_can_be_left_out()
    {
        Assert.Equal(5, Tfidf.Fit(["not paid yet", "not"], longest: 2).Count); // not, paid, yet, not paid, paid yet
        Assert.Equal(1, Tfidf.Fit(["not paid yet", "not"], longest: 2, minCount: 2).Count);
        Assert.Empty(Tfidf.Fit(["not paid"]).Transform("?!").Values);
    }

    [Fact]
    public void The_gradient_agrees_with_finite_differences()
    {
        const int classes = 3, features = 4;
        var gen = Gen.Select(
            Gen.Double[-2, 2].Array[(features + 1) * classes], Gen.Double[-1, 1].Array[features].Array[1, 6],
            Gen.Int[0, classes - 1].Array[6], Gen.Double[0, 2]);
        gen.Sample((weights, rows, labels, l2) =>
        {
            SparseVector[] samples = [.. rows.Select(values => new SparseVector([0, 1, 2, 3], values))];
            double[] gradient = new double[weights.Length], unused = new double[weights.Length];
            TfidfLogistic.Loss(samples, labels, classes, l2, weights, gradient);
            for (int i = 0; i < weights.Length; i++)
            {
                double[] up = [.. weights], down = [.. weights];
                (up[i], down[i]) = (up[i] + 1e-5, down[i] - 1e-5);
                double slope = (TfidfLogistic.Loss(samples, labels, classes, l2, up, unused)
                    - TfidfLogistic.Loss(samples, labels, classes, l2, down, unused)) / 2e-5;
                Assert.Equal(slope, gradient[i], 1e-6);
            }
        }, iter: 50);
    }

    [Fact]
    public void Training_ends_where_the_gradient_vanishes_and_gives_the_same_weights_again()
    {
        string[] texts = ["a b", "a c", "b c", "c d", "d a", "d d b"];
        int[] labels = [0, 0, 1, 2, 2, 1];
        var first = TfidfLogistic.Train(texts, labels, 3, tolerance: 1e-8);
        var second = TfidfLogistic.Train(texts, labels, 3, tolerance: 1e-8);
        Assert.InRange(first.GradientNorm, 0, 1e-8);
        Assert.Equal(first.Predict("a d"), second.Predict("a d"));
        Assert.Equal(1, first.Predict("a d").Sum(), 12);
    }

    [Fact]
    public void Lbfgs_finds_the_minimum_of_a_quadratic_bowl()
    {
        // f(x) = (x0 − 3)² + 10 (x1 + 1)² has its minimum at (3, −1).
        var (point, norm) = Lbfgs.Minimise((x, g) =>
        {
            (g[0], g[1]) = (2 * (x[0] - 3), 20 * (x[1] + 1));
            return (x[0] - 3) * (x[0] - 3) + 10 * (x[1] + 1) * (x[1] + 1);
        }, 2, 1e-10, 100);
        Assert.Equal(3, point[0], 8);
        Assert.Equal(-1, point[1], 8);
        Assert.InRange(norm, 0, 1e-10);
    }

    [Fact]
    public void Texts_without_features_get_the_class_frequencies()
    {
        // With no features at all only the biases are left, and they are not penalised: p = 3/4, 1/4.
        var classifier = TfidfLogistic.Train(["!", "?", ".", "-"], [0, 0, 0, 1], 2, tolerance: 1e-10);
        Assert.Equal(0.75, classifier.Predict("anything")[0], 8);
        Assert.Equal(0, classifier.Classify("anything"));
    }

    [Fact]
    public void The_keyword_rule_finds_the_words_that_give_a_class_away()
    {
        string[] texts = ["pay the bill", "bill again", "slow page", "so slow", "hello page", "hello you", "hello there"];
        int[] labels = [1, 1, 2, 2, 0, 0, 0];
        var rule = KeywordRule.Choose(texts, labels, 3);
        Assert.Contains(("bill", 1), rule.Rules);
        Assert.Contains(("slow", 2), rule.Rules);
        Assert.Equal(labels, texts.Select(rule.Classify));
    }
}
