using CsCheck;
using Llkd.Numerics;
using Llkd.Selection;
using Llkd.Students.Ngram;

namespace Llkd.Students.Tests.Ngram;

public sealed class NgramNetworkTests
{
    private const int Rows = 9, Hidden = 10, Classes = 3;

    private sealed record Batch(int[][] Texts, int[] Labels);

    private static readonly Gen<Batch> Batches = Gen.Int[1, 5].SelectMany(n => Gen.Select(
        Gen.Int[0, Rows - 1].Array[0, 6].Array[n], Gen.Int[0, Classes - 1].Array[n], (texts, labels) => new Batch(texts, labels)));

    /// <summary>After one step from zero moments, m = (1 − β₁) g: the gradient of every weight can be read off it.</summary>
    [Fact]
    public void The_gradient_of_every_weight_agrees_with_central_differences() =>
        Gen.Select(Batches, Gen.Int[1, 1000]).Sample((batch, seed) =>
        {
            NgramNetwork network = Network(new NgramOptions { Hidden = Hidden, Dropout = 0, Clip = 0, WeightDecay = 0, Seed = seed });
            SlowNetwork slow = Slow(network);
            double loss = Train(network, batch, learningRate: 0);
            Assert.Equal(slow.Loss(batch.Texts, batch.Labels), loss, 1e-5);
            double[][] expected = slow.Gradient(batch.Texts, batch.Labels);
            for (int p = 0; p < expected.Length; p++)
                for (int i = 0; i < expected[p].Length; i++)
                    Assert.Equal(expected[p][i], network.Parameters[p].First[i] / 0.1, 2e-5);
        }, iter: 60);

    /// <summary>The masks are drawn text by text, first on the pooled vector, then on the hidden layer.</summary>
    [Fact]
    public void The_gradient_under_dropout_agrees_with_central_differences_through_the_same_masks() =>
        Gen.Select(Batches, Gen.Int[1, 1000]).Sample((batch, seed) =>
        {
            const float Rate = 0.4f;
            NgramNetwork network = Network(new NgramOptions { Hidden = Hidden, Dropout = Rate, Clip = 0, WeightDecay = 0, Seed = seed });
            var random = new RandomStream(1, "any") { State = network.Dropout.State };
            double[] Mask() => [.. Enumerable.Range(0, Hidden).Select(_ => random.NextSingle() < Rate ? 0 : 1.0 / (1 - Rate))];
            var masks = batch.Texts.Select(_ => (Pooled: Mask(), Hidden: Mask())).ToList();
            var slow = new SlowNetwork(
                Hidden, Classes, Copy(network, p => p.Value), [.. masks.Select(m => m.Pooled)], [.. masks.Select(m => m.Hidden)]);
            Assert.Equal(slow.Loss(batch.Texts, batch.Labels), Train(network, batch, learningRate: 0), 1e-5);
            double[][] expected = slow.Gradient(batch.Texts, batch.Labels);
            for (int p = 0; p < expected.Length; p++)
                for (int i = 0; i < expected[p].Length; i++)
                    Assert.Equal(expected[p][i], network.Parameters[p].First[i] / 0.1, 3e-5);
        }, iter: 40);

    /// <summary>
    /// Step by step: moments against the slow gradient, clipped over all weights; then weights against those moments.
    /// An embedding row that no text of the batch has stays as it is, moments and decay included; one that has moves by
    /// the count of its own updates. Biases do not decay.
    /// </summary>
    [Fact]
    public void Sparse_updates_agree_with_a_dense_slow_implementation_of_the_same_rules() =>
        Gen.Select(Batches.Array[1, 8], Gen.Int[1, 1000], Gen.OneOf(Gen.Const(0.0), Gen.Double[0.05, 2])).Sample((batches, seed, clip) =>
        {
            const double Rate = 0.02, Decay = 0.1;
            NgramNetwork network = Network(new NgramOptions { Hidden = Hidden, Dropout = 0, Clip = clip, WeightDecay = Decay, Seed = seed });
            var rowSteps = new int[Rows];
            for (int step = 1; step <= batches.Length; step++)
            {
                SlowNetwork slow = Slow(network);
                double[][] first = Copy(network, p => p.First), second = Copy(network, p => p.Second), before = Copy(network, p => p.Value);
                double[][] g = slow.Gradient(batches[step - 1].Texts, batches[step - 1].Labels);
                double norm = Math.Sqrt(g.Sum(values => values.Sum(x => x * x)));
                double scale = clip > 0 && norm > clip ? clip / norm : 1;
                foreach (int row in batches[step - 1].Texts.SelectMany(ids => ids).Distinct()) rowSteps[row]++;
                int[] touched = [.. batches[step - 1].Texts.SelectMany(ids => ids).Distinct()];

                Train(network, batches[step - 1], Rate);
                for (int p = 0; p < g.Length; p++)
                    for (int i = 0; i < g[p].Length; i++)
                    {
                        Parameter parameter = network.Parameters[p];
                        if (p == 0 && !touched.Contains(i / Hidden))
                        {
                            Assert.Equal(before[p][i], parameter.Value[i]);
                            Assert.Equal(first[p][i], parameter.First[i]);
                            Assert.Equal(second[p][i], parameter.Second[i]);
                            continue;
                        }
                        double gradient = g[p][i] * scale;
                        Assert.Equal(0.9 * first[p][i] + 0.1 * gradient, parameter.First[i], 3e-6);
                        Assert.Equal(0.999 * second[p][i] + 0.001 * gradient * gradient, parameter.Second[i], 1e-6);
                        int t = p == 0 ? rowSteps[i / Hidden] : step;
                        double m = parameter.First[i] / (1 - Math.Pow(0.9, t)), v = parameter.Second[i] / (1 - Math.Pow(0.999, t));
                        double decay = p is 2 or 4 ? 0 : Decay;
                        Assert.Equal(before[p][i] - Rate * (decay * before[p][i] + m / (Math.Sqrt(v) + 1e-8)), parameter.Value[i], 1e-6);
                    }
            }
            Assert.Equal(rowSteps, network.RowSteps);
        }, iter: 30);

    [Fact]
    public void Scoring_agrees_with_double_precision() => Gen.Select(Batches, Gen.Int[1, 1000]).Sample((batch, seed) =>
    {
        NgramNetwork network = Network(new NgramOptions { Hidden = Hidden, Seed = seed });
        var logits = new float[batch.Texts.Length * Classes];
        network.Score(new ArrayCorpus(batch.Texts), [.. Enumerable.Range(0, batch.Texts.Length)], logits);
        double[] expected = [.. batch.Texts.SelectMany(ids => Slow(network).Logits(ids))];
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], logits[i], 1e-5);
    });

    [Fact]
    public void Dropout_scales_what_it_keeps_so_that_its_mean_is_the_value_without_it()
    {
        // With W₁ = W₂ = 1, H = 1, one row of value 1: z_0 is 0, or 1/(keep · keep) where both masks keep, here 4 in 1 of 4.
        NgramNetwork network = new(1, 2, new NgramOptions { Hidden = 1, Dropout = 0.5, Seed = 5 }, randomWeights: false);
        network.Parameters[0].Value[0] = network.Parameters[1].Value[0] = network.Parameters[3].Value[0] = 1;
        var seen = new List<float>();
        const int Draws = 4000;
        for (int draw = 0; draw < Draws; draw++)
        {
            network.Train(new ArrayCorpus([0]), [0], (logits, gradient) =>
            {
                seen.Add(logits[0]);
                gradient.Clear();
                return 0;
            }, learningRate: 0);
        }
        Assert.All(seen, z => Assert.True(z is 0 or 4));
        // 1 ± 6 standard errors of a value that is 4 with probability 1/4: sqrt(3/4000) = 0.027.
        Assert.Equal(1, seen.Average(), 6 * 0.028);
    }

    private static NgramNetwork Network(NgramOptions options)
    {
        var network = new NgramNetwork(Rows, Classes, options);
        // Embeddings of the size of trained ones, so that no hidden unit sits on relu's corner.
        float[] embeddings = network.Parameters[0].Value;
        for (int i = 0; i < embeddings.Length; i++) embeddings[i] *= 20;
        for (int j = 0; j < Hidden; j++) network.Parameters[2].Value[j] = 0.0137f * (j + 1) * (j % 2 == 0 ? 1 : -1);
        return network;
    }

    private static double Train(NgramNetwork network, Batch batch, double learningRate)
    {
        var selection = new BatchSelection(Classes);
        selection.Reset(batch.Texts.Length);
        for (int i = 0; i < batch.Texts.Length; i++) selection.Add(i, 1, batch.Labels[i]);
        return network.Train(
            new ArrayCorpus(batch.Texts), [.. Enumerable.Range(0, batch.Texts.Length)],
            (logits, gradient) => CrossEntropy.Weighted(selection, logits, gradient), learningRate);
    }

    private static SlowNetwork Slow(NgramNetwork network) => new(Hidden, Classes, Copy(network, p => p.Value));

    private static double[][] Copy(NgramNetwork network, Func<Parameter, float[]> part) =>
        [.. network.Parameters.Select(p => part(p).Select(x => (double)x).ToArray())];
}
