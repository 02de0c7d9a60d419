using Llkd.Numerics;
using Llkd.Students.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Llkd.Students.Tests.Transformer;

/// <summary>What makes a step faster or smaller must not change what it learns.</summary>
[Collection(nameof(OneAtATime))]
public sealed class EngineTests
{
    private static readonly int[] Documents = [.. Enumerable.Range(0, 40)];

    [Theory]
    [InlineData(Pooling.Cls)]
    [InlineData(Pooling.Mean)]
    public void A_layer_computed_once_more_draws_the_same_dropout(Pooling pooling)
    {
        float[][] kept = Gradients(Toy.Options with { Dropout = 0.3 }, pooling), again = Gradients(Toy.Options with { Dropout = 0.3, Recompute = true }, pooling);
        Assert.Equal(kept, again);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    public void Gradients_of_micro_batches_add_up_to_that_of_the_batch(int size)
    {
        TransformerOptions options = Toy.Options with { Dropout = 0 };
        AssertNear(Gradients(options with { MicroBatch = 40 }), Gradients(options with { MicroBatch = size }), 2e-6);
        AssertNear(Gradients(options with { MicroBatch = 40 }), Gradients(options with { MicroBatch = size, Recompute = true }), 2e-6);
    }

    [Fact]
    public void A_loss_in_parts_gives_the_same_gradient_as_a_loss_at_once()
    {
        TransformerOptions options = Toy.Options with { MicroBatch = 8, Dropout = 0.2 };
        AssertNear(Gradients(options, inParts: false), Gradients(options, inParts: true), 1e-7);
    }

    [Fact]
    public void Frozen_stages_need_not_be_computed_once_more_and_the_rest_gets_its_gradient()
    {
        (string[] texts, int[] classes) = Toy.Make(40, 1);
        using var folder = new ScratchFolder();
        using (TransformerStudent scratch = TransformerStudent.Create(texts, Toy.Options, Toy.Labels)) scratch.SaveModel(folder.Path, Toy.Labels);
        float[][][] both = [.. new[] { false, true }.Select(recompute =>
        {
            using TransformerStudent student = TransformerStudent.LoadPretrained(
                folder.Path, new PretrainedOptions { Threads = 1, Precision = TrainingPrecision.Fp32, FreezeLayers = 1, Recompute = recompute }, Toy.Labels);
            student.Backward(MemoryCorpus.Encode(student, texts), Documents, Toy.CrossEntropy(Documents, classes));
            return student.Weights.Where(w => w.Tensor.requires_grad).Select(w => NetworkWeight.Copy(w.Gradient())).ToArray();
        })];
        Assert.Equal(both[0], both[1]);
        Assert.Contains(both[0], gradient => gradient.Any(g => g != 0));
    }

    /// <summary>libtorch's own AdamW is the oracle of both steps, the one in C# and the one of tensor operations.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_hundred_steps_are_those_of_libtorchs_AdamW(bool tensors)
    {
        const double Rate = 0.003, Decay = 0.05;
        (TransformerStudent student, _, _) = Toy.Start();
        using (student)
        using (DisposeScope scope = NewDisposeScope())
        {
            TorchSharp.Modules.Parameter[] oracle = [.. student.Weights.Select(w => new TorchSharp.Modules.Parameter(w.Tensor.detach().clone()))];
            using optim.Optimizer decaying = optim.AdamW(oracle.Where((_, i) => student.Weights[i].Decays), Rate, weight_decay: Decay);
            using optim.Optimizer plain = optim.AdamW(oracle.Where((_, i) => !student.Weights[i].Decays), Rate, weight_decay: 0);
            StepOptions options = new(0, Decay, 0, 3, Toy.Engine);
            var random = new RandomStream(11, "gradients");
            for (int step = 1; step <= 100; step++)
            {
                for (int w = 0; w < oracle.Length; w++)
                {
                    float[] gradient = [.. Enumerable.Range(0, (int)oracle[w].numel()).Select(_ => (float)random.NextGaussian())];
                    oracle[w].grad = tensor(gradient, oracle[w].shape);
                    NetworkWeight.Write(student.Weights[w].GradientOrZero(), gradient);
                }
                decaying.step();
                plain.step();
                if (tensors) TensorStep.Apply(student.Weights, options, step, Rate);
                else NetworkStep.Apply(student.Weights, options, step, Rate, 1);
            }
            for (int w = 0; w < oracle.Length; w++)
            {
                float[] expected = NetworkWeight.Copy(oracle[w]), actual = NetworkWeight.Copy(student.Weights[w].Tensor);
                for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 1e-6 * Math.Max(1, Math.Abs(expected[i])));
            }
        }
    }

    /// <summary>A table of the second width is cut into pieces amid a row.</summary>
    [Theory]
    [InlineData(16)]
    [InlineData(240)]
    public void Rows_that_were_never_met_are_updated_as_all_are(int hidden)
    {
        float[][][] both = [.. new[] { false, true }.Select(everywhere =>
        {
            (TransformerStudent student, MemoryCorpus corpus, int[] classes) = Toy.Start(Toy.Options with { Clip = 0.01, Hidden = hidden });
            using (student)
            {
                NetworkWeight words = student.Weights[0];
                for (int step = 0; step < 30; step++)
                {
                    // Few texts at first, so that rows come into use one after another.
                    int[] documents = [.. Enumerable.Range(0, 1 + step / 3)];
                    student.Backward(corpus, documents, Toy.CrossEntropy(documents, classes));
                    if (everywhere) words.GradientOrZero().Dispose();
                    else Assert.InRange(words.RowsInUse.Count(true), 4, (int)words.Shape[0] / 2);
                    student.Step(0.01);
                }
                return new[] { NetworkWeight.Copy(words.First), NetworkWeight.Copy(words.Second) }.Concat(student.CopyWeights()).ToArray();
            }
        })];
        Assert.Equal(both[0], both[1]);
    }

    [Fact]
    public void Clipping_by_tensor_operations_is_clipping_in_place()
    {
        float[][][] both = [.. new[] { false, true }.Select(tensors =>
        {
            (TransformerStudent student, MemoryCorpus corpus, int[] classes) = Toy.Start(Toy.Options with { Dropout = 0 });
            using (student)
            {
                student.Backward(corpus, Documents, Toy.CrossEntropy(Documents, classes));
                StepOptions options = new(0, 0.1, 0.01, 3, Toy.Engine);
                if (tensors) TensorStep.Apply(student.Weights, options, 1, 0.01);
                else NetworkStep.Apply(student.Weights, options, 1, 0.01, 1);
                return student.CopyWeights();
            }
        })];
        AssertNear(both[0], both[1], 1e-6);
    }

    [Fact]
    public void In_bf16_it_learns_the_toy_task_and_goes_on_bit_for_bit() => LearnsAndGoesOn(Toy.Options with { Hidden = 32, Precision = TrainingPrecision.Bf16, MicroBatch = 8 });

    /// <summary>Every text is cut to this length: others are padded further in bf16 than in fp32, and get other dropout masks.</summary>
    private static TransformerOptions OfOneLength => Toy.Options with { MaxLength = 5 };

    [Fact]
    public void Gradients_in_bf16_are_near_those_in_fp32_and_not_the_same()
    {
        float[][] full = Gradients(OfOneLength with { Precision = TrainingPrecision.Fp32 }), half = Gradients(OfOneLength with { Precision = TrainingPrecision.Bf16 });
        // bf16 has 8 bits: 0.4 % a product, a few of them one after another.
        Assert.InRange(Difference(full, half), 1e-5, 0.03);
    }

    /// <summary>What bench's precision-parity stands on where a processor has no bf16.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    public void Emulated_bf16_is_nearer_to_bf16_than_bf16_is_to_fp32(double dropout)
    {
        TransformerOptions options = OfOneLength with { Dropout = dropout };
        float[][] full = Gradients(options with { Precision = TrainingPrecision.Fp32 }), half = Gradients(options with { Precision = TrainingPrecision.Bf16 });
        float[][] emulated = Gradients(options with { Precision = TrainingPrecision.Bf16, EmulateBf16 = true });
        Assert.InRange(Difference(half, emulated), 0, Difference(full, half) / 4);
        Assert.InRange(Difference(full, emulated), Difference(full, half) / 2, Difference(full, half) * 2);
    }

    /// <summary>Of two gradients, as a share of the first one's length.</summary>
    private static double Difference(float[][] one, float[][] other)
    {
        double difference = 0, size = 0;
        foreach ((float a, float b) in one.SelectMany(g => g).Zip(other.SelectMany(g => g)))
        {
            difference += (a - (double)b) * (a - b);
            size += (double)a * a;
        }
        return Math.Sqrt(difference / size);
    }

    [Fact]
    public void A_state_of_another_precision_is_refused()
    {
        using var folder = new ScratchFolder();
        (TransformerStudent half, _, _) = Toy.Start(Toy.Options with { Precision = TrainingPrecision.Bf16 });
        (TransformerStudent full, _, _) = Toy.Start(Toy.Options with { Precision = TrainingPrecision.Fp32 });
        using (half)
        using (full)
        {
            half.SaveState(folder.Path);
            Assert.Contains("Set training.precision to bf16", Assert.Throws<InputException>(() => full.LoadState(folder.Path)).Message, StringComparison.Ordinal);
        }
    }

    /// <summary>What a processor is asked by a timed product may be answered otherwise at the next start; a training does not change with it.</summary>
    [Theory]
    [InlineData(TrainingPrecision.Fp32)]
    [InlineData(TrainingPrecision.Bf16)]
    public void Where_precision_is_left_open_a_training_goes_on_in_the_one_it_was_begun_in(TrainingPrecision begun)
    {
        using var folder = new ScratchFolder();
        // Emulated, so that both can be had on any processor.
        TransformerOptions options = Toy.Options with { Lanes = 2, EmulateBf16 = true };
        (TransformerStudent student, MemoryCorpus corpus, int[] classes) = Toy.Start(options with { Precision = begun });
        (TransformerStudent open, _, _) = Toy.Start(options with { Precision = TrainingPrecision.Auto });
        using (student)
        using (open)
        {
            Toy.Train(student, corpus, classes, 0, 3);
            student.SaveState(folder.Path);
            Toy.Train(open, corpus, classes, 10, 12);
            open.LoadState(folder.Path);
            Toy.Train(student, corpus, classes, 3, 6);
            Toy.Train(open, corpus, classes, 3, 6);
            Assert.Equal(student.CopyWeights(), open.CopyWeights());
            Assert.Equal(Toy.Score(student, corpus, 1, 2, 3), Toy.Score(open, corpus, 1, 2, 3));
        }
    }

    [Fact]
    public void A_CUDA_device_is_refused_where_there_is_none()
    {
        Assert.SkipWhen(cuda.is_available(), "This machine has one.");
        Assert.Contains("LlkdTorch=cuda", Assert.Throws<InputException>(() => Toy.Start(Toy.Options with { Device = ComputeDevice.Cuda })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Threads_never_exceed_the_processors_that_the_process_may_use()
    {
        Assert.Equal(Environment.ProcessorCount, EngineOptions.ThreadsFor(0));
        Assert.Equal(Environment.ProcessorCount, EngineOptions.ThreadsFor(Environment.ProcessorCount + 1));
        Assert.Equal(1, EngineOptions.ThreadsFor(1));
    }

    [Theory]
    [InlineData(1, 10_600_000, 1)]
    [InlineData(2, 10_600_000, 2)]
    [InlineData(4, 42_000_000, 2)]
    [InlineData(4, 85_000_000, 1)]
    [InlineData(7, 10_600_000, 7)]
    [InlineData(11, 400_000, 5)]
    [InlineData(64, 400_000, 8)]
    public void Lanes_are_as_many_as_their_gradients_allow_and_leave_few_threads_over(int threads, long weights, int lanes) =>
        Assert.Equal(lanes, Engine.LanesFor(threads, weights));

    [Theory]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [InlineData(3, false)]
    public void Gradients_of_passes_side_by_side_are_those_of_one_after_another_and_the_same_every_time(int lanes, bool inParts)
    {
        TransformerOptions options = Toy.Options with { Dropout = 0 };
        float[][] one = Gradients(options, inParts: inParts), side = Gradients(options with { Lanes = lanes }, inParts: inParts);
        AssertNear(one, side, 2e-6);
        Assert.Contains(one.Zip(side), pair => !pair.First.SequenceEqual(pair.Second));
        for (int again = 0; again < 20; again++) Assert.Equal(side, Gradients(options with { Lanes = lanes }, inParts: inParts));
    }

    [Fact]
    public void Training_side_by_side_goes_on_bit_for_bit_and_learns() => LearnsAndGoesOn(Toy.Options with { Lanes = 3, Dropout = 0.1 });

    [Fact]
    public void What_fails_in_a_lane_fails_as_it_would_alone()
    {
        (TransformerStudent student, MemoryCorpus corpus, _) = Toy.Start(Toy.Options with { Lanes = 2 });
        using (student)
        {
            Assert.Equal("as it is", Assert.Throws<RunFailedException>(() =>
                student.Backward(corpus, Documents, (_, _) => 0, (_, _, _) => throw new RunFailedException("as it is"))).Message);
        }
    }

    [Fact]
    public void What_was_prepared_is_what_is_scored_and_something_else_is_cut_anew()
    {
        (TransformerStudent student, MemoryCorpus corpus, _) = Toy.Start();
        using (student)
        {
            float[] expected = Toy.Score(student, corpus, 3, 1, 2);
            student.Prepare(corpus, [3, 1, 2]);
            Assert.Equal(expected, Toy.Score(student, corpus, 3, 1, 2));
            student.Prepare(corpus, [9, 8]);
            Assert.Equal(expected, Toy.Score(student, corpus, 3, 1, 2));
        }
    }

    private static void LearnsAndGoesOn(TransformerOptions options)
    {
        using var folder = new ScratchFolder();
        (TransformerStudent student, MemoryCorpus corpus, int[] classes) = Toy.Start(options);
        (TransformerStudent other, _, _) = Toy.Start(options);
        using (student)
        using (other)
        {
            Toy.Train(student, corpus, classes, 0, 100);
            student.SaveState(folder.Path);
            Toy.Train(student, corpus, classes, 100, 150);
            // What it has learned before is gone, moments too.
            Toy.Train(other, corpus, classes, 150, 160);
            other.LoadState(folder.Path);
            Toy.Train(other, corpus, classes, 100, 150);
            Assert.Equal(student.CopyWeights(), other.CopyWeights());
            float[] logits = Toy.Score(student, corpus, [.. Enumerable.Range(0, corpus.Count)]);
            Assert.True(classes.Select((label, i) => Softmax.ArgMax(logits.AsSpan(i * 3, 3)) == label ? 1.0 : 0).Average() > 0.95);
        }
    }

    internal static float[][] Gradients(TransformerOptions options, Pooling pooling = Pooling.Cls, bool inParts = true)
    {
        (string[] texts, int[] classes) = Toy.Make(40, 1);
        using TransformerStudent student = pooling == Pooling.Cls ? TransformerStudent.Create(texts, options, Toy.Labels) : MeanPooled(texts, options);
        student.Backward(MemoryCorpus.Encode(student, texts), Documents, Toy.CrossEntropy(Documents, classes), inParts ? Toy.PartOfCrossEntropy(Documents, classes) : null);
        return [.. student.Weights.Select(w => NetworkWeight.Copy(w.Gradient()))];
    }

    private static TransformerStudent MeanPooled(string[] texts, TransformerOptions options)
    {
        using var folder = new ScratchFolder();
        using (TransformerStudent scratch = TransformerStudent.Create(texts, options, Toy.Labels)) scratch.SaveModel(folder.Path, Toy.Labels);
        return TransformerStudent.LoadPretrained(
            folder.Path, new PretrainedOptions { Threads = 1, Precision = TrainingPrecision.Fp32, Pooling = Pooling.Mean, Dropout = options.Dropout, Recompute = options.Recompute, Seed = options.Seed }, Toy.Labels);
    }

    internal static void AssertNear(float[][] expected, float[][] actual, double tolerance)
    {
        for (int w = 0; w < expected.Length; w++)
            for (int i = 0; i < expected[w].Length; i++) Assert.Equal(expected[w][i], actual[w][i], tolerance);
    }
}
