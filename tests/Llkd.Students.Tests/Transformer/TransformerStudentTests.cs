using System.Text.Json;
using Llkd.Numerics;
using Llkd.Students.Transformer;
using Llkd.Students.Weights;

namespace Llkd.Students.Tests.Transformer;

[Collection(nameof(OneAtATime))]
public sealed class TransformerStudentTests
{
    [Fact]
    public void It_learns_a_toy_task()
    {
        (TransformerStudent student, MemoryCorpus corpus, int[] classes) = Toy.Start(Toy.Options with { Hidden = 32 });
        using (student)
        {
            (string[] texts, int[] expected) = Toy.Make(200, 99);
            MemoryCorpus test = MemoryCorpus.Encode(student, texts);
            double Accuracy()
            {
                float[] logits = Toy.Score(student, test, [.. Enumerable.Range(0, test.Count)]);
                return expected.Select((label, i) => Softmax.ArgMax(logits.AsSpan(i * 3, 3)) == label ? 1.0 : 0).Average();
            }
            Assert.True(Accuracy() < 0.6);
            Toy.Train(student, corpus, classes, 0, 150);
            Assert.True(Accuracy() > 0.95, $"The accuracy is {Accuracy()}.");
        }
    }

    [Fact]
    public void Same_seed_same_weights_and_another_student_in_between_does_not_matter()
    {
        (TransformerStudent alone, MemoryCorpus corpus, int[] classes) = Toy.Start();
        (TransformerStudent beside, _, _) = Toy.Start();
        (TransformerStudent other, MemoryCorpus otherCorpus, int[] otherClasses) = Toy.Start(Toy.Options with { Seed = 8, Threads = 2 });
        using (alone)
        using (beside)
        using (other)
        {
            Toy.Train(alone, corpus, classes, 0, 10);
            for (int step = 0; step < 10; step++)
            {
                Toy.Train(beside, corpus, classes, step, step + 1);
                Toy.Train(other, otherCorpus, otherClasses, step, step + 1);
            }
            Assert.Equal(alone.CopyWeights(), beside.CopyWeights());
            Assert.NotEqual(alone.CopyWeights()[0], other.CopyWeights()[0]);
        }
    }

    [Fact]
    public void Dropout_acts_in_training_and_not_in_scoring()
    {
        (TransformerStudent student, MemoryCorpus corpus, int[] classes) = Toy.Start();
        using (student)
        {
            float[][] seen = [.. Enumerable.Range(0, 2).Select(_ =>
            {
                float[] logits = [];
                student.Backward(corpus, [0, 1], (z, gradient) =>
                {
                    logits = z.ToArray();
                    return 0;
                });
                // Every step draws anew; this one changes nothing else.
                student.Step(learningRate: 0);
                return logits;
            })];
            Assert.NotEqual(seen[0], seen[1]);
            Assert.Equal(Toy.Score(student, corpus, 0, 1), Toy.Score(student, corpus, 0, 1));
        }
    }

    [Fact]
    public void A_saved_model_loads_and_predicts_the_same()
    {
        (TransformerStudent student, MemoryCorpus corpus, int[] classes) = Toy.Start();
        using (student)
        using (var folder = new ScratchFolder())
        {
            Toy.Train(student, corpus, classes, 0, 10);
            student.SaveModel(folder.Path, Toy.Labels);
            using TransformerStudent loaded = TransformerStudent.LoadModel(folder.Path, threads: 1);
            string text = "a <mask> strange 漢字 story 😀";
            Assert.Equal(MemoryCorpus.Encode(student, [text])[0].ToArray(), MemoryCorpus.Encode(loaded, [text])[0].ToArray());
            Assert.Equal(Toy.Score(student, corpus, 0, 1, 2, 3), Toy.Score(loaded, corpus, 0, 1, 2, 3));
            Assert.Equal(student.WeightCount, loaded.WeightCount);
        }
    }

    [Fact]
    public void A_model_folder_has_Hugging_Faces_names_and_shapes()
    {
        (TransformerStudent student, _, _) = Toy.Start();
        using (student)
        using (var folder = new ScratchFolder())
        {
            student.SaveModel(folder.Path, Toy.Labels);
            IReadOnlyDictionary<string, NamedTensor> tensors = Safetensors.Load(Path.Combine(folder.Path, "model.safetensors"));
            JsonElement config = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder.Path, "config.json"))).RootElement;
            long vocabulary = config.GetProperty("vocab_size").GetInt64();
            var expected = new Dictionary<string, long[]>
            {
                ["roberta.embeddings.word_embeddings.weight"] = [vocabulary, 16],
                ["roberta.embeddings.position_embeddings.weight"] = [26, 16],
                ["roberta.embeddings.token_type_embeddings.weight"] = [1, 16],
                ["roberta.embeddings.LayerNorm.weight"] = [16],
                ["roberta.embeddings.LayerNorm.bias"] = [16],
                ["classifier.dense.weight"] = [16, 16],
                ["classifier.dense.bias"] = [16],
                ["classifier.out_proj.weight"] = [3, 16],
                ["classifier.out_proj.bias"] = [3],
            };
            for (int layer = 0; layer < 2; layer++)
            {
                string name = $"roberta.encoder.layer.{layer}.";
                foreach ((string part, long outputs, long inputs) in new (string, long, long)[]
                {
                    ("attention.self.query", 16, 16), ("attention.self.key", 16, 16), ("attention.self.value", 16, 16),
                    ("attention.output.dense", 16, 16), ("intermediate.dense", 64, 16), ("output.dense", 16, 64),
                })
                {
                    expected[name + part + ".weight"] = [outputs, inputs];
                    expected[name + part + ".bias"] = [outputs];
                }
                foreach (string part in new[] { "attention.output.LayerNorm.weight", "attention.output.LayerNorm.bias", "output.LayerNorm.weight", "output.LayerNorm.bias" })
                    expected[name + part] = [16];
            }
            Assert.Equal(
                expected.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key} {string.Join('x', p.Value)}"),
                tensors.Values.OrderBy(t => t.Name, StringComparer.Ordinal).Select(t => $"{t.Name} {string.Join('x', t.Shape)}"));
            Assert.Equal(student.WeightCount, tensors.Values.Sum(t => (long)t.Data.Length));
            Assert.Equal(26, config.GetProperty("max_position_embeddings").GetInt32());
            Assert.Equal("RobertaForSequenceClassification", config.GetProperty("architectures")[0].GetString());
            Assert.Equal("odd", config.GetProperty("id2label").GetProperty("2").GetString());
            Assert.Equal(2, config.GetProperty("label2id").GetProperty("odd").GetInt32());
        }
    }

    [Fact]
    public void Sizes_that_do_not_fit_are_refused()
    {
        InputException e = Assert.Throws<InputException>(() => Toy.Start(Toy.Options with { Heads = 3 }));
        Assert.Contains("16 is not a multiple of the number of heads 3", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_another_shape_are_refused_by_tensor()
    {
        (TransformerStudent student, _, _) = Toy.Start();
        using (student)
        using (var folder = new ScratchFolder())
        {
            student.SaveModel(folder.Path, Toy.Labels);
            string config = Path.Combine(folder.Path, "config.json");
            File.WriteAllText(config, File.ReadAllText(config).Replace("\"max_position_embeddings\": 26", "\"max_position_embeddings\": 27", StringComparison.Ordinal));
            InputException e = Assert.Throws<InputException>(() => TransformerStudent.LoadModel(folder.Path));
            Assert.Contains("position_embeddings.weight` has the shape [26, 16]", e.Message, StringComparison.Ordinal);
        }
    }
}
