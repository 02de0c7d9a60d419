using System.Globalization;
using System.Text.Json.Nodes;
using Llkd.Models;

namespace Llkd.Students.Transformer;

/// <summary>The feed-forward layers' function.</summary>
internal enum Activation { Gelu, GeluTanh, Relu }

/// <summary>Sizes of an encoder with its head, as its config.json tells them.</summary>
internal sealed record TransformerShape
{
    public EncoderFamily Family { get; init; } = EncoderFamily.Roberta;

    public required int Layers { get; init; }

    public required int Hidden { get; init; }

    public required int Heads { get; init; }

    /// <summary>Width of the feed-forward layers.</summary>
    public required int Intermediate { get; init; }

    /// <summary>Longest input in tokens. RoBERTa's position embeddings have <see cref="PadId"/> + 1 rows more.</summary>
    public required int MaxLength { get; init; }

    /// <summary>Rows of the word embeddings.</summary>
    public required int Vocabulary { get; init; }

    public required int Classes { get; init; }

    public int PadId { get; init; } = 1;

    /// <summary>Rows of the token type embeddings, of which the first is used; 0 for DistilBERT.</summary>
    public int TokenTypes { get; init; } = 1;

    public Activation Activation { get; init; }

    public Pooling Pooling { get; init; }

    public double LayerNormEpsilon { get; init; } = 1e-5;

    /// <summary>Rows of the position embeddings.</summary>
    public int Positions => MaxLength + FirstPosition;

    /// <summary>Position of a text's first token.</summary>
    public int FirstPosition => Family.CountsFromPadding ? PadId + 1 : 0;

    /// <summary>Reads config.json's sizes.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="folder">For messages.</param>
    /// <param name="classes">Number of classes.</param>
    /// <exception cref="InputException">Another architecture, or sizes that cannot be.</exception>
    public static TransformerShape Load(ModelConfig config, string folder, int classes)
    {
        EncoderFamily family = EncoderFamily.Find(config.ModelType)
            ?? throw new InputException(
                $"{folder}: config.json names the model type `{config.ModelType}`; students are of the types {string.Join(", ", EncoderFamily.All.Select(f => f.ModelType))}.");
        const int Most = 1 << 20;
        bool distil = family.IsDistil;
        int pad = config.Number("pad_token_id", 0, Most, family.PadId);
        int first = family.CountsFromPadding ? pad + 1 : 0;
        var shape = new TransformerShape
        {
            Family = family,
            Layers = config.Number(distil ? "n_layers" : "num_hidden_layers", 1, 1024),
            Hidden = config.Number(distil ? "dim" : "hidden_size", 1, Most),
            Heads = config.Number(distil ? "n_heads" : "num_attention_heads", 1, Most),
            Intermediate = config.Number(distil ? "hidden_dim" : "intermediate_size", 1, Most),
            MaxLength = config.Number("max_position_embeddings", first + 3, Most) - first,
            Vocabulary = config.Number("vocab_size", 1, int.MaxValue),
            Classes = classes,
            PadId = pad,
            TokenTypes = distil ? 0 : config.Number("type_vocab_size", 1, Most, 2),
            Activation = ActivationOf(config, distil ? "activation" : "hidden_act", folder),
            Pooling = config.Text(PoolingKey) == "mean" ? Pooling.Mean : Pooling.Cls,
            LayerNormEpsilon = distil ? family.LayerNormEpsilon : config.Real("layer_norm_eps", 0, 1, family.LayerNormEpsilon),
        };
        shape.Check($"{folder}: config.json: ");
        if (config.Text("position_embedding_type") is { } position && position != "absolute")
            throw new InputException($"{folder}: config.json: `position_embedding_type` is `{position}`; only `absolute` is supported.");
        return shape;
    }

    private const string PoolingKey = "llkd_pooling";

    private static Activation ActivationOf(ModelConfig config, string key, string folder) => config.Text(key) switch
    {
        null or "gelu" => Activation.Gelu,
        "gelu_new" or "gelu_pytorch_tanh" => Activation.GeluTanh,
        "relu" => Activation.Relu,
        { } other => throw new InputException($"{folder}: config.json: `{key}` is `{other}`; supported are gelu, gelu_new, gelu_pytorch_tanh and relu."),
    };

    /// <summary>Refuses what cannot be built.</summary>
    /// <param name="where">Start of the message.</param>
    public void Check(string where)
    {
        if (Hidden % Heads != 0)
            throw new InputException($"{where}the hidden size {Hidden} is not a multiple of the number of heads {Heads}. Choose hidden = heads × a whole number.");
        if (PadId >= Vocabulary)
            throw new InputException($"{where}`pad_token_id` is {PadId}, but the vocabulary has {Vocabulary} rows.");
        // Tensors are handled as spans, whose bytes must fit 31 bits.
        const long Most = int.MaxValue / sizeof(float);
        if ((long)Vocabulary * Hidden > Most || (long)Intermediate * Hidden > Most || (long)Hidden * Hidden > Most)
            throw new InputException($"{where}a weight matrix of {Math.Max(Math.Max(Vocabulary, Intermediate), Hidden)} × {Hidden} is too large; at most {Most} values. Lower the vocabulary or the hidden size.");
    }

    /// <summary>config.json as Python's AutoModelForSequenceClassification reads it.</summary>
    /// <param name="labels">Names of the classes.</param>
    /// <param name="dropout">Dropout probability.</param>
    /// <param name="source">The configuration the student began with, whose other keys stay; null: trained from scratch.</param>
    public JsonObject ToJson(IReadOnlyList<string> labels, double dropout, JsonObject? source)
    {
        JsonObject json = source ?? FromScratch(dropout);
        json["architectures"] = new JsonArray(Family.Architecture);
        json["problem_type"] = "single_label_classification";
        json.Remove("torch_dtype");
        json["dtype"] = "float32";
        json.Remove("num_labels");
        json["id2label"] = new JsonObject(labels.Select((label, k) =>
            KeyValuePair.Create(k.ToString(CultureInfo.InvariantCulture), (JsonNode?)label)));
        json["label2id"] = new JsonObject(labels.Select((label, k) => KeyValuePair.Create(label, (JsonNode?)k)));
        json.Remove(PoolingKey);
        if (Pooling == Pooling.Mean) json[PoolingKey] = "mean";
        return json;
    }

    private JsonObject FromScratch(double dropout) => new()
    {
        ["model_type"] = Family.ModelType,
        ["architectures"] = null,
        ["problem_type"] = null,
        ["vocab_size"] = Vocabulary,
        ["hidden_size"] = Hidden,
        ["num_hidden_layers"] = Layers,
        ["num_attention_heads"] = Heads,
        ["intermediate_size"] = Intermediate,
        ["hidden_act"] = "gelu",
        ["hidden_dropout_prob"] = dropout,
        ["attention_probs_dropout_prob"] = dropout,
        ["classifier_dropout"] = null,
        ["max_position_embeddings"] = Positions,
        ["type_vocab_size"] = TokenTypes,
        ["initializer_range"] = 0.02,
        ["layer_norm_eps"] = LayerNormEpsilon,
        ["position_embedding_type"] = "absolute",
        ["bos_token_id"] = 0,
        ["pad_token_id"] = PadId,
        ["eos_token_id"] = 2,
    };
}
