using Llkd.Students.Export;
using Llkd.Students.Ngram;
using Llkd.Students.Tests.Transformer;
using Llkd.Students.Transformer;
using Llkd.Students.Weights;
using Microsoft.ML.OnnxRuntime;

namespace Llkd.Students.Tests.Export;

/// <summary>Exported models, run by ONNX Runtime, against the student they were written from.</summary>
[Collection(nameof(OneAtATime))]
public sealed class OnnxModelTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_transformer_in_ONNX_Runtime_gives_the_logits_libtorch_gives(int layers)
    {
        (TransformerStudent student, MemoryCorpus corpus, int[] classes) = Toy.Start(Toy.Options with { Layers = layers });
        using (student)
        {
            Toy.Train(student, corpus, classes, 0, 80, 0.01);
            using var folder = new ScratchFolder();
            student.SaveModel(folder.Path, Toy.Labels);
            float[] expected = Toy.Score(student, corpus, [.. Enumerable.Range(0, corpus.Count)]);
            Assert.True(Spread(expected) > 0.5, "The student has learned nothing, so agreement would say little.");
            float[] exported = Run(folder.Path, Precision.Float32, corpus, pad: 1);
            Assert.Equal(0, Largest(expected, exported), 1e-4);
        }
    }

    [Theory]
    [InlineData("roberta", "gelu", Pooling.Mean)]
    [InlineData("xlm-roberta", "gelu", Pooling.Cls)]
    [InlineData("bert", "gelu", Pooling.Cls)]
    [InlineData("bert", "gelu_new", Pooling.Mean)]
    [InlineData("distilbert", "relu", Pooling.Cls)]
    public void Every_family_with_a_pretrained_encoder_gives_the_logits_libtorch_gives(string family, string activation, Pooling pooling)
    {
        using var pretrained = new ScratchFolder();
        PretrainedFolderFixture.Save(pretrained.Path, PretrainedFolderFixture.Write(pretrained.Path, family, activation).Values);
        using TransformerStudent student = TransformerStudent.LoadPretrained(
            pretrained.Path, new PretrainedOptions { MaxLength = 30, Pooling = pooling, Threads = 1, Precision = TrainingPrecision.Fp32 }, Toy.Labels);
        MemoryCorpus corpus = MemoryCorpus.Encode(student, Toy.Make(60, 1).Texts);
        // Larger weights in the head, whose first ones are small, so that what the encoder computes shows in the logits.
        foreach (NetworkWeight weight in student.Weights.TakeLast(4))
            foreach (ref float value in weight.Values) value *= 20;
        using var folder = new ScratchFolder();
        student.SaveModel(folder.Path, Toy.Labels);
        float[] expected = Toy.Score(student, corpus, [.. Enumerable.Range(0, corpus.Count)]);
        Assert.True(Spread(expected) > 0.1, $"Logits spread over {Spread(expected)} only.");
        Assert.Equal(0, Largest(expected, Run(folder.Path, Precision.Float32, corpus, family.EndsWith("roberta", StringComparison.Ordinal) ? 1 : 0)), 1e-4);
    }

    [Fact]
    public void Eight_bit_weights_of_a_transformer_answer_nearly_as_its_floats()
    {
        (TransformerStudent student, MemoryCorpus corpus, int[] classes) = Toy.Start(Toy.Options with { Hidden = 32 });
        using (student)
        {
            Toy.Train(student, corpus, classes, 0, 80, 0.01);
            using var folder = new ScratchFolder();
            student.SaveModel(folder.Path, Toy.Labels);
            float[] expected = Toy.Score(student, corpus, [.. Enumerable.Range(0, corpus.Count)]);
            float[] exported = Run(folder.Path, Precision.Int8, corpus, pad: 1);
            // A text between two answers may fall to the other side, with all its logits.
            float[] differences = [.. expected.Zip(exported, (a, b) => Math.Abs(a - b)).Order()];
            Assert.InRange(differences[differences.Length * 98 / 100], 0, 0.1 * Spread(expected));
            Assert.True(differences[^1] > 1e-5, "Nothing was rounded to 8 bits.");
            int changed = Enumerable.Range(0, corpus.Count).Count(i => ArgMax(expected, i) != ArgMax(exported, i));
            Assert.True(changed <= corpus.Count / 50, $"{changed} of {corpus.Count} answers changed.");
        }
    }

    [Theory]
    [InlineData(Precision.Float32, 1e-5)]
    [InlineData(Precision.Int8, 0.05)]
    public void An_n_gram_student_in_ONNX_Runtime_gives_its_own_logits(Precision precision, double tolerance)
    {
        (string[] texts, int[] classes) = Toy.Make(256, 1);
        using NgramStudent student = NgramStudent.Create(texts, 3, new NgramOptions { Hidden = 16, Dropout = 0 });
        MemoryCorpus corpus = MemoryCorpus.Encode(student, [.. texts, "", "unheard words only"]);
        int[] learned = [.. Enumerable.Range(0, texts.Length)];
        for (int step = 0; step < 40; step++) student.Train(corpus, learned, Toy.CrossEntropy(learned, classes), 0.01);
        using var folder = new ScratchFolder();
        student.SaveModel(folder.Path, Toy.Labels);
        var expected = new float[corpus.Count * 3];
        student.Score(corpus, [.. Enumerable.Range(0, corpus.Count)], expected);
        Assert.True(Spread(expected) > 0.5);
        Assert.Equal(0, Largest(expected, Run(folder.Path, precision, corpus, pad: 0)), tolerance);
    }

    [Fact]
    public void Eight_bit_embeddings_make_an_n_gram_model_nearly_four_times_smaller()
    {
        (string[] texts, _) = Toy.Make(512, 1);
        using NgramStudent student = NgramStudent.Create(texts, 3, new NgramOptions { Hidden = 64, MinCount = 1 });
        using var folder = new ScratchFolder();
        student.SaveModel(folder.Path, Toy.Labels);
        long[] sizes = [.. new[] { Precision.Float32, Precision.Int8 }.Select(precision =>
        {
            string path = Path.Combine(folder.Path, "model.onnx");
            OnnxModel.Write(folder.Path, path, precision);
            return new FileInfo(path).Length;
        })];
        Assert.True(sizes[0] > 2 * sizes[1], $"{sizes[0]} and {sizes[1]} bytes");
    }

    [Fact]
    public void A_model_of_more_than_two_gigabytes_is_refused_before_anything_is_written()
    {
        using var folder = new ScratchFolder();
        string path = Path.Combine(folder.Path, "model.onnx");
        var graph = new OnnxGraph();
        // The same array many times: a length, not a memory, of more than 2 GB.
        var block = new float[1 << 26];
        for (int i = 0; i < 8; i++) graph.Floats($"block{i}", block, block.Length);
        var error = Assert.Throws<InputException>(() => graph.Save(path));
        Assert.Contains("external data", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void A_folder_that_lacks_a_tensor_is_refused_by_the_tensors_name()
    {
        (TransformerStudent student, _, _) = Toy.Start();
        using (student)
        {
            using var folder = new ScratchFolder();
            student.SaveModel(folder.Path, Toy.Labels);
            string weights = Path.Combine(folder.Path, "model.safetensors");
            var tensors = Safetensors.Load(weights).Values.Where(t => t.Name != "classifier.dense.bias");
            Safetensors.Save(weights, [.. tensors]);
            var error = Assert.Throws<InputException>(() => OnnxModel.Write(folder.Path, Path.Combine(folder.Path, "model.onnx"), Precision.Float32));
            Assert.Contains("classifier.dense.bias", error.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>Scores all texts in batches of seven, padded to the longest.</summary>
    private static float[] Run(string folder, Precision precision, MemoryCorpus corpus, int pad)
    {
        string path = Path.Combine(folder, "model.onnx");
        OnnxModel.Write(folder, path, precision);
        using var options = new SessionOptions { IntraOpNumThreads = 1 };
        using var session = new InferenceSession(path, options);
        var logits = new List<float>();
        for (int start = 0; start < corpus.Count; start += 7)
        {
            int[] documents = [.. Enumerable.Range(start, Math.Min(7, corpus.Count - start))];
            int length = Math.Max(1, documents.Max(d => corpus[d].Length));
            var ids = new long[documents.Length * length];
            var mask = new long[ids.Length];
            Array.Fill(ids, pad);
            for (int row = 0; row < documents.Length; row++)
                for (int t = 0; t < corpus[documents[row]].Length; t++)
                    (ids[row * length + t], mask[row * length + t]) = (corpus[documents[row]][t], 1);
            long[] shape = [documents.Length, length];
            using OrtValue idValue = OrtValue.CreateTensorValueFromMemory(ids, shape), maskValue = OrtValue.CreateTensorValueFromMemory(mask, shape);
            using var run = new RunOptions();
            using var outputs = session.Run(run, ["input_ids", "attention_mask"], [idValue, maskValue], ["logits"]);
            Assert.Equal([documents.Length, 3], outputs[0].GetTensorTypeAndShape().Shape);
            logits.AddRange(outputs[0].GetTensorDataAsSpan<float>());
        }
        return [.. logits];
    }

    private static double Largest(float[] a, float[] b)
    {
        Assert.Equal(a.Length, b.Length);
        return a.Zip(b).Max(pair => Math.Abs(pair.First - pair.Second));
    }

    private static double Spread(float[] logits) => logits.Max() - logits.Min();

    private static int ArgMax(float[] logits, int row) => Numerics.Softmax.ArgMax(logits.AsSpan(row * 3, 3));
}
