using System.Globalization;
using System.Text.Json.Nodes;
using Llkd.Models;

namespace Llkd.Students.Transformer;

/// <summary>Sizes of a RoBERTa-shaped network, as its config.json tells them.</summary>
internal sealed record TransformerShape
{
    public const string ModelType = "roberta";

    public required int Layers { get; init; }

    public required int Hidden { get; init; }

    public required int Heads { get; init; }

    /// <summary>Width of the feed-forward layers.</summary>
    public required int Intermediate { get; init; }

    /// <summary>Longest input in tokens; position embeddings have <see cref="PadId"/> + 1 rows more.</summary>
    public required int MaxLength { get; init; }

    /// <summary>Rows of the word embeddings.</summary>
    public required int Vocabulary { get; init; }

    public required int Classes { get; init; }

    public int PadId { get; init; } = 1;

    public double LayerNormEpsilon { get; init; } = 1e-5;

    public static TransformerShape Load(ModelConfig config, string folder)
    {
        if (config.ModelType != ModelType)
            throw new InputException($"{folder}: config.json names the model type `{config.ModelType}`; a transformer student is of type `{ModelType}`.");
        const int Most = 1 << 20;
        int pad = config.Number("pad_token_id", 0, Most);
        var shape = new TransformerShape
        {
            Layers = config.Number("num_hidden_layers", 1, 1024),
            Hidden = config.Number("hidden_size", 1, Most),
            Heads = config.Number("num_attention_heads", 1, Most),
            Intermediate = config.Number("intermediate_size", 1, Most),
            MaxLength = config.Number("max_position_embeddings", pad + 4, Most) - pad - 1,
            Vocabulary = config.Number("vocab_size", 1, int.MaxValue),
            Classes = config.Labels.Count,
            PadId = pad,
            LayerNormEpsilon = config.Real("layer_norm_eps", 0, 1),
        };
        shape.Check($"{folder}: config.json: ");
        if (config.Text("hidden_act") is { } activation && activation != "gelu")
            throw new InputException($"{folder}: config.json: `hidden_act` is `{activation}`; only `gelu` is supported.");
        if (config.Text("position_embedding_type") is { } position && position != "absolute")
            throw new InputException($"{folder}: config.json: `position_embedding_type` is `{position}`; only `absolute` is supported.");
        return shape;
    }

    /// <summary>Refuses what cannot be built.</summary>
    /// <param name="where">Start of the message.</param>
    public void Check(string where)
    {
        if (Hidden % Heads != 0)
            throw new InputException($"{where}the hidden size {Hidden} is not a multiple of the number of heads {Heads}. Choose hidden = heads × a whole number.");
        // Tensors are handled as spans, whose bytes must fit 31 bits.
        const long Most = int.MaxValue / sizeof(float);
        if ((long)Vocabulary * Hidden > Most || (long)Intermediate * Hidden > Most)
            throw new InputException($"{where}a weight matrix of {Math.Max(Vocabulary, Intermediate)} × {Hidden} is too large; at most {Most} values. Lower the vocabulary or the hidden size.");
    }

    /// <summary>config.json as Python's AutoModelForSequenceClassification reads it.</summary>
    public JsonObject ToJson(IReadOnlyList<string> labels, double dropout) => new()
    {
        ["model_type"] = ModelType,
        ["architectures"] = new JsonArray("RobertaForSequenceClassification"),
        ["problem_type"] = "single_label_classification",
        ["vocab_size"] = Vocabulary,
        ["hidden_size"] = Hidden,
        ["num_hidden_layers"] = Layers,
        ["num_attention_heads"] = Heads,
        ["intermediate_size"] = Intermediate,
        ["hidden_act"] = "gelu",
        ["hidden_dropout_prob"] = dropout,
        ["attention_probs_dropout_prob"] = dropout,
        ["classifier_dropout"] = null,
        ["max_position_embeddings"] = MaxLength + PadId + 1,
        ["type_vocab_size"] = 1,
        ["initializer_range"] = 0.02,
        ["layer_norm_eps"] = LayerNormEpsilon,
        ["position_embedding_type"] = "absolute",
        ["bos_token_id"] = 0,
        ["pad_token_id"] = PadId,
        ["eos_token_id"] = 2,
        ["dtype"] = "float32",
        ["id2label"] = new JsonObject(labels.Select((label, k) =>
            KeyValuePair.Create(k.ToString(CultureInfo.InvariantCulture), (JsonNode?)label))),
        ["label2id"] = new JsonObject(labels.Select((label, k) => KeyValuePair.Create(label, (JsonNode?)k))),
    };
}
