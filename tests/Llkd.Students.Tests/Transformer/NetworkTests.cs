using Llkd.Numerics;
using Llkd.Students.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Llkd.Students.Tests.Transformer;

[Collection(nameof(OneAtATime))]
public sealed class NetworkTests
{
    [Theory]
    [InlineData("roberta", Pooling.Cls, "Gelu")]
    [InlineData("roberta", Pooling.Mean, "Gelu")]
    [InlineData("xlm-roberta", Pooling.Cls, "GeluTanh")]
    [InlineData("bert", Pooling.Cls, "Gelu")]
    [InlineData("bert", Pooling.Mean, "Relu")]
    [InlineData("distilbert", Pooling.Cls, "Gelu")]
    [InlineData("roberta", Pooling.Cls, "Gelu", true)]
    [InlineData("bert", Pooling.Mean, "Relu", true)]
    public void The_gradient_of_every_weight_is_that_of_finite_differences(string family, Pooling pooling, string activation, bool recompute = false)
    {
        EncoderFamily of = EncoderFamily.Find(family)!;
        var shape = new TransformerShape { Family = of, TokenTypes = of.IsDistil ? 0 : 2, Pooling = pooling, Activation = Enum.Parse<Activation>(activation), PadId = of.PadId, Layers = 2, Hidden = 8, Heads = 2, Intermediate = 12, MaxLength = 7, Vocabulary = 20, Classes = 3 };
        using DisposeScope scope = NewDisposeScope();
        var random = new RandomStream(5, "gradient");
                using var network = new TransformerNetwork(shape, 0, random, Toy.Engine, ScalarType.Float64);
        // Away from the start values, where almost every gradient is nearly 0.
        using (no_grad())
        {
            foreach (NetworkWeight weight in network.Weights)
            {
                double[] noise = [.. Enumerable.Range(0, (int)weight.Tensor.numel()).Select(_ => 0.4 * random.NextGaussian())];
                weight.Tensor.add_(tensor(noise, weight.Shape));
            }
        }
        TokenBatch batch = Assert.Single(TokenBatch.Cut(new Corpus([3, 7, 9, 9, 12, 19, 2], [3, 5, 2], [3, 2]), [0, 1, 2], shape));
        Tensor factors = tensor([.. Enumerable.Range(0, 9).Select(_ => random.NextGaussian())], [3, 3]);
        double Objective()
        {
            using DisposeScope inner = NewDisposeScope();
            return (network.Forward(batch) * factors).sum().item<double>();
        }
        using (var pass = new TrainingPass(network, batch, new DropoutSeeds(1, 0, 0), CPU, recompute))
        using (var tokens = new TokenTensors(batch, CPU))
            network.AddRowGradient(tokens, pass.Backward(factors)!);
        int compared = 0;
        foreach (NetworkWeight weight in network.Weights)
        {
            double[] gradient = weight.Gradient().data<double>().ToArray();
            Span<double> values = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, double>(weight.Tensor.bytes);
            for (int i = 0; i < values.Length; i += 1 + values.Length / 40, compared++)
            {
                double before = values[i];
                values[i] = before + 1e-5;
                double up = Objective();
                values[i] = before - 1e-5;
                double down = Objective();
                values[i] = before;
                double expected = (up - down) / 2e-5;
                Assert.True(Math.Abs(expected - gradient[i]) <= 1e-6 * Math.Max(1, Math.Abs(expected)), $"{weight.Name}[{i}]: {gradient[i]}, by differences {expected}");
            }
        }
        Assert.True(compared > 500);
    }

    [Theory]
    [InlineData(7, 8)]
    [InlineData(8, 8)]
    [InlineData(9, 11)]
    public void Padding_to_a_multiple_changes_neither_logits_nor_gradients(int longest, int padded)
    {
        var shape = new TransformerShape { Layers = 2, Hidden = 8, Heads = 2, Intermediate = 12, MaxLength = 11, Vocabulary = 20, Classes = 3 };
        using DisposeScope scope = NewDisposeScope();
        using var network = new TransformerNetwork(shape, 0, new RandomStream(5, "padding"), Toy.Engine, ScalarType.Float64);
        var corpus = new Corpus([.. Enumerable.Range(3, longest)], [3, 5, 2]);
        TokenBatch batch = Assert.Single(TokenBatch.Cut(corpus, [0, 1], shape, multiple: 8)), plain = Assert.Single(TokenBatch.Cut(corpus, [0, 1], shape));
        Assert.Equal((padded, longest), (batch.Length, plain.Length));
        Tensor factors = tensor(new double[] { 1, -2, 3, 2, 1, -1 }, [2, 3]);
        (double[] Logits, double[][] Gradients) expected = Compute(plain), actual = Compute(batch);
        for (int i = 0; i < 6; i++) Assert.Equal(expected.Logits[i], actual.Logits[i], 1e-12);
        Assert.Equal(expected.Gradients.SelectMany(g => g), actual.Gradients.SelectMany(g => g), (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Contains(expected.Gradients.SelectMany(g => g), g => Math.Abs(g) > 1e-3);

        (double[], double[][]) Compute(TokenBatch texts)
        {
            foreach (NetworkWeight weight in network.Weights) weight.Tensor.grad?.zero_();
            using (var pass = new TrainingPass(network, texts, new DropoutSeeds(1, 0, 0), CPU, recompute: false))
            using (var tokens = new TokenTensors(texts, CPU))
                network.AddRowGradient(tokens, pass.Backward(factors)!);
            return (network.Forward(texts).data<double>().ToArray(), [.. network.Weights.Select(weight => weight.Gradient().data<double>().ToArray())]);
        }
    }

    [Fact]
    public void Logits_are_those_of_Hugging_Faces_formulas_in_plain_loops()
    {
        (TransformerStudent student, MemoryCorpus corpus, int[] classes) = Toy.Start();
        using (student)
        {
            Toy.Train(student, corpus, classes, 0, 40);
            var slow = new SlowEncoder(student.Weights.ToDictionary(w => w.Name, w => w.Values.ToArray()), "roberta", 2, 16, 2);
            float[] logits = Toy.Score(student, corpus, [.. Enumerable.Range(0, 20)]);
            for (int document = 0; document < 20; document++)
            {
                double[] expected = slow.Logits(corpus[document].ToArray());
                for (int k = 0; k < 3; k++) Assert.Equal(expected[k], logits[document * 3 + k], 1e-5);
            }
        }
    }

    [Fact]
    public void A_step_clips_by_the_global_norm_and_decays_all_but_biases_and_layer_norms()
    {
        TransformerOptions options = Toy.Options with { Dropout = 0, Clip = 0.01, WeightDecay = 0.1 };
        (TransformerStudent student, MemoryCorpus corpus, int[] classes) = Toy.Start(options);
        using (student)
        {
            int[] documents = [0, 1, 2, 3];
            student.Backward(corpus, documents, Toy.CrossEntropy(documents, classes));
            float[][] before = student.CopyWeights();
            float[][] gradients = [.. student.Weights.Select(w => NetworkWeight.Span(w.Gradient()).ToArray())];
            double norm = Math.Sqrt(gradients.SelectMany(g => g).Sum(g => (double)g * g));
            Assert.True(norm > 0.02);
            NetworkStep.Apply(student.Weights, new StepOptions(0, 0.1, 0.01, 3, Toy.Engine), 1, 0.01, 1);
            for (int w = 0; w < before.Length; w++)
            {
                string name = student.Weights[w].Name;
                double decay = name.Contains("bias", StringComparison.Ordinal) || name.Contains("Norm", StringComparison.Ordinal) ? 0 : 0.1;
                for (int i = 0; i < before[w].Length; i++)
                {
                    // The first step: both moments divided by their correction are g and g².
                    double g = gradients[w][i] * 0.01 / norm;
                    double expected = before[w][i] * (1 - 0.01 * decay) - 0.01 * g / (Math.Abs(g) + 1e-8);
                    Assert.True(Math.Abs(expected - student.Weights[w].Values[i]) < 2e-6, $"{name}[{i}]: {student.Weights[w].Values[i]}, expected {expected}");
                }
                Assert.All(NetworkWeight.Span(student.Weights[w].Gradient()).ToArray(), g => Assert.Equal(0, g));
            }
        }
    }

    [Fact]
    public void A_text_has_the_same_logits_alone_and_beside_longer_ones()
    {
        (TransformerStudent student, MemoryCorpus corpus, int[] classes) = Toy.Start();
        using (student)
        {
            Toy.Train(student, corpus, classes, 0, 20);
            int[] all = [.. Enumerable.Range(0, corpus.Count)];
            float[] together = Toy.Score(student, corpus, all);
            foreach (int document in all)
            {
                float[] alone = Toy.Score(student, corpus, document);
                for (int k = 0; k < 3; k++) Assert.Equal(alone[k], together[document * 3 + k], 1e-5f);
            }
        }
    }

    private sealed class Corpus(params int[][] documents) : ITokenCorpus
    {
        public int Count => documents.Length;

        public ReadOnlySpan<int> this[int document] => documents[document];
    }
}
