using System.Text.Json.Nodes;
using Llkd.Numerics;
using Llkd.Students.Weights;
using Llkd.Tokenizers;

namespace Llkd.Students.Tests.Transformer;

/// <summary>Small pretrained folders with random weights, written by hand from Hugging Face's names and not by the product.</summary>
internal static class PretrainedFolderFixture
{
    public const int Hidden = 12, Layers = 3, Heads = 3, Intermediate = 20, Positions = 40;

    private static readonly string[] Pieces =
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "film", "was", "good", "bad", "odd", "a", "story", "##s", "long", "."];

    /// <summary>Writes config.json and tokenizer files.</summary>
    /// <returns>The encoder's tensors with the prefix, to be saved as a test wants them.</returns>
    public static Dictionary<string, NamedTensor> Write(string folder, string family, string activation = "gelu")
    {
        int vocabulary;
        if (family is "roberta" or "xlm-roberta")
        {
            BpeVocabulary trained = BpeTrainer.Train(["the film was good", "the film was bad", "a long story"], 280, 1);
            new ByteLevelBpe(trained).Save(folder, Positions - 2);
            vocabulary = trained.Size + 3;
        }
        else
        {
            File.WriteAllLines(Path.Combine(folder, "vocab.txt"), Pieces);
            File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), """{ "do_lower_case": true, "model_max_length": 512, "tokenizer_class": "BertTokenizer" }""");
            vocabulary = Pieces.Length;
        }
        JsonObject config = family == "distilbert"
            ? new JsonObject
            {
                ["model_type"] = family, ["dim"] = Hidden, ["n_layers"] = Layers, ["n_heads"] = Heads, ["hidden_dim"] = Intermediate,
                ["activation"] = activation, ["max_position_embeddings"] = Positions, ["vocab_size"] = vocabulary, ["pad_token_id"] = 0, ["sinusoidal_pos_embds"] = false,
            }
            : new JsonObject
            {
                ["model_type"] = family, ["hidden_size"] = Hidden, ["num_hidden_layers"] = Layers, ["num_attention_heads"] = Heads, ["intermediate_size"] = Intermediate,
                ["hidden_act"] = activation, ["max_position_embeddings"] = Positions, ["vocab_size"] = vocabulary, ["type_vocab_size"] = family == "bert" ? 2 : 1,
                ["layer_norm_eps"] = Epsilon(family), ["pad_token_id"] = family == "bert" ? 0 : 1, ["torch_dtype"] = "float32", ["something_else"] = 7,
            };
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        var random = new RandomStream(11, family);
        var tensors = new Dictionary<string, NamedTensor>();
        string prefix = (family == "xlm-roberta" ? "roberta" : family) + ".";
        void Add(string name, params long[] shape) =>
            tensors.Add(prefix + name, new NamedTensor(prefix + name, shape, [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => (float)(0.4 * random.NextGaussian()))]));
        void Linear(string name, int outputs, int inputs)
        {
            Add(name + ".weight", outputs, inputs);
            Add(name + ".bias", outputs);
        }
        void Norm(string name)
        {
            Add(name + ".weight", Hidden);
            Add(name + ".bias", Hidden);
        }
        Add("embeddings.word_embeddings.weight", vocabulary, Hidden);
        Add("embeddings.position_embeddings.weight", Positions, Hidden);
        if (family != "distilbert") Add("embeddings.token_type_embeddings.weight", family == "bert" ? 2 : 1, Hidden);
        Norm("embeddings.LayerNorm");
        for (int layer = 0; layer < Layers; layer++)
        {
            if (family == "distilbert")
            {
                string at = $"transformer.layer.{layer}.";
                foreach (string part in (string[])["attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin"]) Linear(at + part, Hidden, Hidden);
                Norm(at + "sa_layer_norm");
                Linear(at + "ffn.lin1", Intermediate, Hidden);
                Linear(at + "ffn.lin2", Hidden, Intermediate);
                Norm(at + "output_layer_norm");
            }
            else
            {
                string at = $"encoder.layer.{layer}.";
                foreach (string part in (string[])["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"]) Linear(at + part, Hidden, Hidden);
                Norm(at + "attention.output.LayerNorm");
                Linear(at + "intermediate.dense", Intermediate, Hidden);
                Linear(at + "output.dense", Hidden, Intermediate);
                Norm(at + "output.LayerNorm");
            }
        }
        if (family == "bert") Linear("pooler.dense", Hidden, Hidden);
        return tensors;
    }

    public static double Epsilon(string family) => family == "distilbert" ? 1e-12 : 1e-6;

    /// <summary>Saves tensors under other names.</summary>
    public static void Save(string folder, IEnumerable<NamedTensor> tensors, Func<string, string>? rename = null) =>
        Safetensors.Save(Path.Combine(folder, "model.safetensors"), [.. tensors.Select(tensor => tensor with { Name = rename?.Invoke(tensor.Name) ?? tensor.Name })]);
}
