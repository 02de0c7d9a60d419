namespace Llkd.Students.Transformer;

/// <summary>
/// What distinguishes the architectures that can be students: how their config.json and their tensors are named, how
/// positions count, and the head. The encoder's computation is the same.
/// </summary>
internal sealed record EncoderFamily
{
    /// <summary>Liu et al. 2019.</summary>
    public static readonly EncoderFamily Roberta = new()
    {
        ModelType = "roberta",
        Architecture = "RobertaForSequenceClassification",
        Prefix = "roberta.",
        HeadDense = "classifier.dense",
        HeadOutput = "classifier.out_proj",
        CountsFromPadding = true,
        PadId = 1,
        LayerNormEpsilon = 1e-12,
    };

    /// <summary>Conneau et al. 2020: RoBERTa with another vocabulary.</summary>
    public static readonly EncoderFamily XlmRoberta = Roberta with { ModelType = "xlm-roberta", Architecture = "XLMRobertaForSequenceClassification" };

    /// <summary>Devlin et al. 2019. The head's first half is BERT's own pooler, pretrained where the folder has one.</summary>
    public static readonly EncoderFamily Bert = new()
    {
        ModelType = "bert",
        Architecture = "BertForSequenceClassification",
        Prefix = "bert.",
        HeadDense = "bert.pooler.dense",
        HeadOutput = "classifier",
        LayerNormEpsilon = 1e-12,
    };

    /// <summary>Sanh et al. 2019: BERT without token types, under other names, with ReLU in the head.</summary>
    public static readonly EncoderFamily DistilBert = new()
    {
        ModelType = "distilbert",
        Architecture = "DistilBertForSequenceClassification",
        Prefix = "distilbert.",
        HeadDense = "pre_classifier",
        HeadOutput = "classifier",
        LayerNormEpsilon = 1e-12,
        IsDistil = true,
    };

    public static IReadOnlyList<EncoderFamily> All { get; } = [Roberta, XlmRoberta, Bert, DistilBert];

    /// <summary>`model_type` in config.json.</summary>
    public required string ModelType { get; init; }

    /// <summary>Hugging Face's class of the classifier.</summary>
    public required string Architecture { get; init; }

    /// <summary>What the encoder's tensors begin with inside a model with a head.</summary>
    public required string Prefix { get; init; }

    /// <summary>Name of the head's first linear layer.</summary>
    public required string HeadDense { get; init; }

    /// <summary>Name of the head's second linear layer, whose outputs are the logits.</summary>
    public required string HeadOutput { get; init; }

    /// <summary>Whether positions count from the padding id + 1, and padding has a position of its own.</summary>
    public bool CountsFromPadding { get; init; }

    /// <summary>`pad_token_id` where config.json has none.</summary>
    public int PadId { get; init; }

    /// <summary>`layer_norm_eps` where config.json has none.</summary>
    public required double LayerNormEpsilon { get; init; }

    /// <summary>DistilBERT's names, no token types, ReLU in the head.</summary>
    public bool IsDistil { get; init; }

    public string Embeddings => Prefix + "embeddings.";

    public string Query => IsDistil ? "attention.q_lin" : "attention.self.query";

    public string Key => IsDistil ? "attention.k_lin" : "attention.self.key";

    public string Value => IsDistil ? "attention.v_lin" : "attention.self.value";

    public string AttentionOutput => IsDistil ? "attention.out_lin" : "attention.output.dense";

    public string AttentionNorm => IsDistil ? "sa_layer_norm" : "attention.output.LayerNorm";

    public string Intermediate => IsDistil ? "ffn.lin1" : "intermediate.dense";

    public string Output => IsDistil ? "ffn.lin2" : "output.dense";

    public string OutputNorm => IsDistil ? "output_layer_norm" : "output.LayerNorm";

    /// <summary>What the tensors of one layer begin with.</summary>
    public string Layer(int layer) => $"{Prefix}{(IsDistil ? "transformer" : "encoder")}.layer.{layer}.";

    /// <summary>The family of a `model_type`; null where it is none of ours.</summary>
    public static EncoderFamily? Find(string modelType) => All.FirstOrDefault(family => family.ModelType == modelType);
}
