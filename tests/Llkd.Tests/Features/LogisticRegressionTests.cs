using CsCheck;
using Llkd.Features;
using Llkd.Labels;
using Llkd.Numerics;
using Llkd.References;

namespace Llkd.Tests.Features;

public sealed class LogisticRegressionTests
{
    [Fact]
    public void The_gradient_agrees_with_finite_differences()
    {
        const int Classes = 3, Features = 4;
        var gen = Gen.Select(
            Gen.Double[-2, 2].Array[(Features + 1) * Classes], Gen.Float[-1, 1].Array[Features].Array[1, 6],
            Gen.Float[0.05f, 1].Array[Classes].Array[6], Gen.Double[0, 2]);
        gen.Sample((weights, values, targets, penalty) =>
        {
            var rows = new SparseRows(
                Features, [.. values.Select((_, i) => (i + 1) * Features)], [.. values.SelectMany(_ => new[] { 0, 1, 2, 3 })], [.. values.SelectMany(row => row)]);
            int[] samples = [.. Enumerable.Range(0, values.Length)];
            float[] t = [.. targets.Take(values.Length).SelectMany(row => row.Select(x => x / row.Sum()))];
            double[] gradient = new double[weights.Length], unused = new double[weights.Length], p = new double[Classes];
            LogisticRegression.Loss(rows, samples, t, penalty, weights, gradient, p);
            for (int i = 0; i < weights.Length; i++)
            {
                double[] up = [.. weights], down = [.. weights];
                (up[i], down[i]) = (up[i] + 1e-5, down[i] - 1e-5);
                double slope = (LogisticRegression.Loss(rows, samples, t, penalty, up, unused, p)
                    - LogisticRegression.Loss(rows, samples, t, penalty, down, unused, p)) / 2e-5;
                // Targets in single precision sum to 1 to seven digits.
                Assert.Equal(slope, gradient[i], 5e-6);
            }
        }, iter: 50);
    }

    [Fact]
    public void Training_ends_where_the_gradient_vanishes_and_gives_the_same_answers_again()
    {
        var pool = new PoolFeatures(["a b", "a c", "b c", "c d", "d a", "d d b"], new TfidfOptions { MinCount = 1 });
        var labels = new PseudoLabels([1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0], 3);
        var options = new TfidfLogisticOptions { Tolerance = 1e-9 };
        TfidfLogistic first = TfidfLogistic.Train(pool, labels, options), second = TfidfLogistic.Train(pool, labels, options);
        Assert.InRange(first.GradientNorm, 0, 6e-9);
        float[] answer = first.Predict(["a d"]).Distributions.ToArray();
        Assert.Equal(answer, second.Predict(["a d"]).Distributions.ToArray());
        Assert.Equal(1, answer.Sum(), 5);
    }

    [Fact]
    public void Certain_soft_labels_are_hard_labels_and_uncertain_ones_pull_towards_their_distribution()
    {
        var pool = new PoolFeatures(["a b", "a c", "a b", "a c"], new TfidfOptions { MinCount = 1 });
        var soft = new TfidfLogisticOptions { SoftLabels = true, InversePenalty = 1000 };
        var certain = new PseudoLabels([1, 0, 0, 1, 1, 0, 0, 1], 2);
        Assert.Equal(
            TfidfLogistic.Train(pool, certain, soft).Predict(["b"]).Distributions.ToArray(),
            TfidfLogistic.Train(pool, certain, soft with { SoftLabels = false }).Predict(["b"]).Distributions.ToArray());
        var unsure = new PseudoLabels([0.7f, 0.3f, 0.2f, 0.8f, 0.7f, 0.3f, 0.2f, 0.8f], 2);
        Assert.Equal(0.7f, TfidfLogistic.Train(pool, unsure, soft).Predict(["a b"]).Distributions[0], 0.02f);
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
    public void Lbfgs_goes_on_beyond_its_history_and_ends_at_the_bottom_of_a_curved_valley() =>
        Gen.Double[0.5, 3].Array[30].Sample(goal =>
        {
            // Σ cosh(c_i (x_i − goal_i)) with curvatures c from 0.2 to 6: convex, far from quadratic.
            var (point, _) = Lbfgs.Minimise((x, g) =>
            {
                double sum = 0;
                for (int i = 0; i < x.Length; i++)
                {
                    double c = 0.2 + 0.2 * i;
                    sum += Math.Cosh(c * (x[i] - goal[i]) / 3);
                    g[i] = c / 3 * Math.Sinh(c * (x[i] - goal[i]) / 3);
                }
                return sum;
            }, goal.Length, 1e-9, 1000);
            for (int i = 0; i < goal.Length; i++) Assert.Equal(goal[i], point[i], 1e-4);
        }, iter: 20);
}
