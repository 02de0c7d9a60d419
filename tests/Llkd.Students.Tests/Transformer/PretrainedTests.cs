using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Llkd.Students.Transformer;
using Llkd.Students.Weights;
using static Llkd.Students.Tests.Transformer.PretrainedFolderFixture;

namespace Llkd.Students.Tests.Transformer;

[Collection(nameof(OneAtATime))]
public sealed class PretrainedTests : IDisposable
{
    private static readonly PretrainedOptions Options = new() { Threads = 1, Precision = TrainingPrecision.Fp32, Dropout = 0.1, Seed = 5, MaxLength = 24 };
    private static readonly string[] Texts = ["the film was good", "a long story.", "bad", "The films, the odd STORY"];
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("roberta", "gelu", Pooling.Cls)]
    [InlineData("roberta", "gelu_new", Pooling.Mean)]
    [InlineData("xlm-roberta", "gelu", Pooling.Cls)]
    [InlineData("bert", "gelu", Pooling.Cls)]
    [InlineData("bert", "relu", Pooling.Mean)]
    [InlineData("distilbert", "gelu", Pooling.Cls)]
    public void Logits_are_those_of_Hugging_Faces_formulas_in_plain_loops(string family, string activation, Pooling pooling)
    {
        Save(_folder.Path, Write(_folder.Path, family, activation).Values);
        using TransformerStudent student = TransformerStudent.LoadPretrained(_folder.Path, Options with { Pooling = pooling }, Toy.Labels);
        var slow = new SlowEncoder(
            student.Weights.ToDictionary(w => w.Name, w => w.Values.ToArray()), family == "xlm-roberta" ? "roberta" : family,
            Layers, Hidden, Heads, Epsilon(family), activation, pooling == Pooling.Mean);
        MemoryCorpus corpus = MemoryCorpus.Encode(student, Texts);
        float[] logits = Toy.Score(student, corpus, 0, 1, 2, 3);
        for (int document = 0; document < Texts.Length; document++)
        {
            double[] expected = slow.Logits(corpus[document].ToArray());
            for (int k = 0; k < 3; k++) Assert.Equal(expected[k], logits[document * 3 + k], 1e-5);
        }
    }

    [Theory]
    [InlineData("roberta")]
    [InlineData("bert")]
    [InlineData("distilbert")]
    public void A_sentence_vector_is_the_mean_hidden_state_brought_to_length_1(string family)
    {
        Save(_folder.Path, Write(_folder.Path, family).Values);
        using PretrainedSentenceEncoder encoder = PretrainedSentenceEncoder.Load(_folder.Path, maxLength: 24, threads: 1);
        using TransformerStudent student = TransformerStudent.LoadPretrained(_folder.Path, Options, Toy.Labels);
        var slow = new SlowEncoder(student.Weights.ToDictionary(w => w.Name, w => w.Values.ToArray()), family, Layers, Hidden, Heads, Epsilon(family), mean: true);
        MemoryCorpus corpus = MemoryCorpus.Encode(student, Texts);
        float[] vectors = encoder.Encode(Texts);
        Assert.Equal(Hidden, encoder.Dimension);
        for (int document = 0; document < Texts.Length; document++)
        {
            double[] mean = slow.Read(corpus[document].ToArray());
            double length = Math.Sqrt(mean.Sum(x => x * x));
            for (int d = 0; d < Hidden; d++) Assert.Equal(mean[d] / length, vectors[document * Hidden + d], 1e-5);
        }
    }

    [Theory]
    [InlineData("roberta")]
    [InlineData("bert")]
    [InlineData("distilbert")]
    public void Every_weight_of_the_encoder_is_the_files_whatever_its_prefix(string family)
    {
        Dictionary<string, NamedTensor> tensors = Write(_folder.Path, family);
        string prefix = family + ".";
        (string, Func<string, string>)[] ways =
        [
            ("with prefix", name => name),
            ("without prefix", name => name[prefix.Length..]),
            ("old names of layer norms", name => name.Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal).Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal)),
        ];
        foreach ((string way, Func<string, string> rename) in ways)
        {
            NamedTensor[] heads = [new("lm_head.bias", [7], new float[7]), new("cls.predictions.bias", [7], new float[7]), new("classifier.weight", [9, Hidden], new float[9 * Hidden])];
            Save(_folder.Path, tensors.Values.Select(t => t with { Name = rename(t.Name) }).Concat(heads));
            using TransformerStudent student = TransformerStudent.LoadPretrained(_folder.Path, Options, Toy.Labels);
            foreach (NamedTensor tensor in tensors.Values)
                Assert.True(tensor.Data.SequenceEqual(student.Weights.Single(w => w.Name == tensor.Name).Values.ToArray()), $"{tensor.Name} {way}");
        }
    }

    [Fact]
    public void Weights_in_several_files_and_of_half_precision_are_read()
    {
        Dictionary<string, NamedTensor> tensors = Write(_folder.Path, "bert");
        NamedTensor[] all = [.. tensors.Values];
        WriteHalf(_folder["model-00001-of-00003.safetensors"], all[..20], "BF16");
        WriteHalf(_folder["model-00002-of-00003.safetensors"], all[20..30], "F16");
        Safetensors.Save(_folder["model-00003-of-00003.safetensors"], all[30..]);
        var map = new JsonObject(all.Select((t, i) => KeyValuePair.Create(t.Name, (JsonNode?)$"model-0000{(i < 20 ? 1 : i < 30 ? 2 : 3)}-of-00003.safetensors")));
        File.WriteAllText(_folder["model.safetensors.index.json"], new JsonObject { ["metadata"] = new JsonObject(), ["weight_map"] = map }.ToJsonString());
        using TransformerStudent student = TransformerStudent.LoadPretrained(_folder.Path, Options, Toy.Labels);
        for (int i = 0; i < all.Length; i++)
        {
            float[] expected = [.. all[i].Data.Select(x => i < 20 ? ToBFloat(x) : i < 30 ? (float)(Half)x : x)];
            Assert.Equal(expected, student.Weights.Single(w => w.Name == all[i].Name).Values.ToArray());
        }
    }

    [Fact]
    public void A_shard_outside_the_folder_is_refused()
    {
        Write(_folder.Path, "bert");
        File.WriteAllText(_folder["model.safetensors.index.json"], """{ "weight_map": { "a": "../secret.safetensors" } }""");
        InputException e = Assert.Throws<InputException>(() => TransformerStudent.LoadPretrained(_folder.Path, Options, Toy.Labels));
        Assert.Contains("`../secret.safetensors`, which is no name of a file in the same folder", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tensors_that_are_missing_misshapen_or_unknown_are_all_named()
    {
        Dictionary<string, NamedTensor> tensors = Write(_folder.Path, "roberta");
        tensors.Remove("roberta.encoder.layer.1.output.dense.bias");
        tensors["roberta.embeddings.LayerNorm.weight"] = new("roberta.embeddings.LayerNorm.weight", [5], new float[5]);
        tensors["roberta.encoder.layer.3.output.dense.bias"] = new("roberta.encoder.layer.3.output.dense.bias", [12], new float[12]);
        Save(_folder.Path, tensors.Values);
        InputException e = Assert.Throws<InputException>(() => TransformerStudent.LoadPretrained(_folder.Path, Options, Toy.Labels));
        Assert.Contains("missing: `roberta.encoder.layer.1.output.dense.bias` [12]", e.Message, StringComparison.Ordinal);
        Assert.Contains("`roberta.embeddings.LayerNorm.weight` has the shape [5]; [12] is expected", e.Message, StringComparison.Ordinal);
        Assert.Contains("not known: `roberta.encoder.layer.3.output.dense.bias`", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pytorch_model.bin", "safe_serialization=True")]
    [InlineData("nothing", "has no weights: neither model.safetensors nor")]
    public void A_folder_without_safetensors_is_refused_with_advice(string file, string expected)
    {
        Write(_folder.Path, "roberta");
        File.WriteAllText(_folder[file], "x");
        InputException e = Assert.Throws<InputException>(() => TransformerStudent.LoadPretrained(_folder.Path, Options, Toy.Labels));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"model_type\":\"roberta\"", "\"model_type\":\"t5\"", "`t5`; students are of the types roberta, xlm-roberta, bert, distilbert")]
    [InlineData("\"hidden_act\":\"gelu\"", "\"hidden_act\":\"silu\"", "`hidden_act` is `silu`")]
    [InlineData("\"num_attention_heads\":3", "\"num_attention_heads\":5", "12 is not a multiple of the number of heads 5")]
    [InlineData("\"pad_token_id\":1", "\"pad_token_id\":2", "`pad_token_id` in config.json is 2")]
    [InlineData("\"vocab_size\":", "\"vocab_size\":9,\"vocab\":", "`vocab_size` in config.json is 9")]
    public void A_config_that_cannot_be_is_refused_by_its_key(string old, string now, string expected)
    {
        Save(_folder.Path, Write(_folder.Path, "roberta").Values);
        string config = File.ReadAllText(_folder["config.json"]);
        Assert.Contains(old, config, StringComparison.Ordinal);
        File.WriteAllText(_folder["config.json"], config.Replace(old, now, StringComparison.Ordinal));
        InputException e = Assert.Throws<InputException>(() => TransformerStudent.LoadPretrained(_folder.Path, Options, Toy.Labels));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_student_from_scratch_loaded_as_pretrained_has_the_same_logits_and_trains_the_same()
    {
        (TransformerStudent student, MemoryCorpus corpus, int[] classes) = Toy.Start(Toy.Options with { Dropout = 0 });
        using (student)
        {
            Toy.Train(student, corpus, classes, 0, 10);
            student.SaveModel(_folder.Path, Toy.Labels);
            using TransformerStudent loaded = TransformerStudent.LoadPretrained(_folder.Path, Options with { Dropout = 0 }, Toy.Labels);
            int[] all = [.. Enumerable.Range(0, corpus.Count)];
            Assert.Equal(Toy.Score(student, corpus, all), Toy.Score(loaded, corpus, all));
            // Other labels, another head.
            using TransformerStudent other = TransformerStudent.LoadPretrained(_folder.Path, Options, ["odd", "bad", "good"]);
            Assert.NotEqual(Toy.Score(student, corpus, 0), Toy.Score(other, corpus, 0));
        }
    }

    [Theory]
    [InlineData("roberta")]
    [InlineData("bert")]
    [InlineData("distilbert")]
    public void A_trained_student_is_saved_under_Hugging_Faces_names_and_loads_as_it_was(string family)
    {
        Dictionary<string, NamedTensor> tensors = Write(_folder.Path, family);
        Save(_folder.Path, tensors.Values);
        using TransformerStudent student = TransformerStudent.LoadPretrained(_folder.Path, Options with { Pooling = Pooling.Mean }, Toy.Labels);
        MemoryCorpus corpus = MemoryCorpus.Encode(student, Texts);
        Toy.Train(student, corpus, [0, 1, 2, 0], 0, 5);
        string saved = _folder.New("saved");
        student.SaveModel(saved, Toy.Labels);
        string[] head = family switch
        {
            "roberta" => ["classifier.dense", "classifier.out_proj"],
            "bert" => ["classifier"],
            _ => ["pre_classifier", "classifier"],
        };
        Assert.Equal(
            tensors.Keys.Concat(head.SelectMany(name => new[] { name + ".weight", name + ".bias" })).Order(StringComparer.Ordinal),
            Safetensors.Load(Path.Combine(saved, "model.safetensors")).Keys.Order(StringComparer.Ordinal));
        JsonElement config = JsonDocument.Parse(File.ReadAllText(Path.Combine(saved, "config.json"))).RootElement;
        Assert.Equal(
            family switch { "roberta" => "Roberta", "bert" => "Bert", _ => "DistilBert" } + "ForSequenceClassification", config.GetProperty("architectures")[0].GetString());
        Assert.Equal("odd", config.GetProperty("id2label").GetProperty("2").GetString());
        if (family != "distilbert") Assert.Equal(7, config.GetProperty("something_else").GetInt32());
        using TransformerStudent loaded = TransformerStudent.LoadModel(saved, threads: 1);
        Assert.Equal(24, loaded.MaxLength);
        Assert.Equal(Toy.Score(student, corpus, 0, 1, 2, 3), Toy.Score(loaded, MemoryCorpus.Encode(loaded, Texts), 0, 1, 2, 3));
    }

    [Fact]
    public void Frozen_layers_and_the_embeddings_below_them_stay_as_they_are()
    {
        Save(_folder.Path, Write(_folder.Path, "bert").Values);
        using TransformerStudent student = TransformerStudent.LoadPretrained(_folder.Path, Options with { FreezeLayers = 2 }, Toy.Labels);
        MemoryCorpus corpus = MemoryCorpus.Encode(student, Texts);
        float[][] before = student.CopyWeights();
        Toy.Train(student, corpus, [0, 1, 2, 0], 0, 3);
        for (int w = 0; w < before.Length; w++)
        {
            string name = student.Weights[w].Name;
            bool frozen = name.Contains("embeddings", StringComparison.Ordinal) || name.Contains("layer.0.", StringComparison.Ordinal) || name.Contains("layer.1.", StringComparison.Ordinal);
            Assert.True(frozen == before[w].SequenceEqual(student.Weights[w].Values.ToArray()), name);
        }
    }

    [Fact]
    public void The_learning_rate_falls_by_the_factor_from_layer_to_layer()
    {
        Save(_folder.Path, Write(_folder.Path, "distilbert").Values);
        using TransformerStudent student = TransformerStudent.LoadPretrained(_folder.Path, Options with { LayerDecay = 0.5, WeightDecay = 0, Clip = 0 }, Toy.Labels);
        MemoryCorpus corpus = MemoryCorpus.Encode(student, Texts);
        float[][] before = student.CopyWeights();
        int[] documents = [0, 1, 2, 3];
        student.Train(corpus, documents, Toy.CrossEntropy(documents, [0, 1, 2, 0]), 0.01);
        for (int w = 0; w < before.Length; w++)
        {
            string name = student.Weights[w].Name;
            // AdamW's first step is the learning rate itself wherever the gradient is not nearly 0.
            int below = name.StartsWith("distilbert.embeddings", StringComparison.Ordinal) ? 4
                : name.StartsWith("distilbert.", StringComparison.Ordinal) ? 3 - int.Parse(name.Split('.')[3], System.Globalization.CultureInfo.InvariantCulture) : 0;
            // The keys' biases have no effect on attention, and so no gradient.
            if (name.EndsWith("k_lin.bias", StringComparison.Ordinal)) continue;
            double largest = before[w].Zip(student.Weights[w].Values.ToArray(), (a, b) => Math.Abs((double)a - b)).Max();
            double expected = 0.01 * Math.Pow(0.5, below);
            Assert.Equal(expected, largest, 0.05 * expected);
        }
    }

    [Fact]
    public void A_saved_state_with_frozen_layers_goes_on_bit_for_bit()
    {
        Save(_folder.Path, Write(_folder.Path, "roberta").Values);
        PretrainedOptions options = Options with { FreezeLayers = 1, LayerDecay = 0.8, Pooling = Pooling.Mean };
        using TransformerStudent student = TransformerStudent.LoadPretrained(_folder.Path, options, Toy.Labels);
        MemoryCorpus corpus = MemoryCorpus.Encode(student, Texts);
        Toy.Train(student, corpus, [0, 1, 2, 0], 0, 4);
        string state = _folder.New("state");
        student.SaveState(state);
        Toy.Train(student, corpus, [0, 1, 2, 0], 4, 8);
        using TransformerStudent other = TransformerStudent.LoadPretrained(_folder.Path, options, Toy.Labels);
        other.LoadState(state);
        Toy.Train(other, corpus, [0, 1, 2, 0], 4, 8);
        Assert.Equal(student.CopyWeights(), other.CopyWeights());
    }

    [Fact]
    public void Texts_that_are_cut_are_counted()
    {
        Save(_folder.Path, Write(_folder.Path, "bert").Values);
        using TransformerStudent student = TransformerStudent.LoadPretrained(_folder.Path, Options with { MaxLength = 5 }, Toy.Labels);
        MemoryCorpus corpus = MemoryCorpus.Encode(student, ["the film was", "the film was good", "bad"]);
        Assert.Equal(1, corpus.Truncated);
        Assert.Equal([2, 5, 6, 7, 3], corpus[1].ToArray());
    }

    private static float ToBFloat(float x) => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(x) & 0xFFFF0000);

    private static void WriteHalf(string path, NamedTensor[] tensors, string type)
    {
        var header = new JsonObject();
        using var data = new MemoryStream();
        foreach (NamedTensor tensor in tensors)
        {
            long start = data.Length;
            foreach (float x in tensor.Data)
            {
                byte[] bytes = new byte[2];
                BinaryPrimitives.WriteUInt16LittleEndian(bytes, type == "BF16" ? (ushort)(BitConverter.SingleToUInt32Bits(x) >> 16) : BitConverter.HalfToUInt16Bits((Half)x));
                data.Write(bytes);
            }
            header[tensor.Name] = new JsonObject
            {
                ["dtype"] = type,
                ["shape"] = new JsonArray([.. tensor.Shape.Select(size => (JsonNode)size)]),
                ["data_offsets"] = new JsonArray(start, data.Length),
            };
        }
        byte[] json = Encoding.UTF8.GetBytes(header.ToJsonString());
        File.WriteAllBytes(path, [.. BitConverter.GetBytes((ulong)json.Length), .. json, .. data.ToArray()]);
    }
}
