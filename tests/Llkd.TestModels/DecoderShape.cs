namespace Llkd.TestModels;

/// <summary>How attention stands in the graph.</summary>
public enum AttentionLayout
{
    /// <summary>Plain ONNX operators.</summary>
    Plain,
    /// <summary>com.microsoft's GroupQueryAttention, which turns positions itself.</summary>
    GroupQuery,
}

/// <summary>How weights are kept.</summary>
public enum WeightFormat
{
    /// <summary>32-bit floats.</summary>
    Float32,
    /// <summary>16-bit floats, in which the graph calculates too.</summary>
    Float16,
    /// <summary>4-bit integers in blocks of 32 (com.microsoft's MatMulNBits); the rest in 32-bit floats.</summary>
    Int4,
}

/// <summary>A decoder like Llama: RMSNorm, rotary positions, grouped-query attention, SwiGLU.</summary>
public sealed record DecoderShape
{
    /// <summary>Rows of the embedding table.</summary>
    public required int Vocabulary { get; init; }
    /// <summary>Layers.</summary>
    public int Layers { get; init; } = 2;
    /// <summary>Width.</summary>
    public int Hidden { get; init; } = 64;
    /// <summary>Attention heads.</summary>
    public int Heads { get; init; } = 4;
    /// <summary>Heads of keys and values; divides <see cref="Heads"/>.</summary>
    public int KeyValueHeads { get; init; } = 2;
    /// <summary>Width of a head, even.</summary>
    public int HeadSize { get; init; } = 16;
    /// <summary>Width inside the feed-forward layers.</summary>
    public int Inner { get; init; } = 128;
    /// <summary>Longest input.</summary>
    public int Positions { get; init; } = 2048;
    /// <summary>How attention stands in the graph.</summary>
    public AttentionLayout Layout { get; init; } = AttentionLayout.Plain;
    /// <summary>How weights are kept; with 16-bit floats keys, values and logits are too.</summary>
    public WeightFormat Weights { get; init; } = WeightFormat.Float32;
    /// <summary>Whether `position_ids` is an input; else positions are counted from the attention mask.</summary>
    public bool PositionIds { get; init; } = true;
    /// <summary>Whether `num_logits_to_keep` is an input.</summary>
    public bool LogitsToKeep { get; init; }
    /// <summary>Whether weights lie in a file beside the model's.</summary>
    public bool WeightsApart { get; init; }
    /// <summary>Of GroupQueryAttention, whether positions are turned before it, by nodes of their own; needs <see cref="PositionIds"/>.</summary>
    public bool TurnedBefore { get; init; }
    /// <summary>How many tokens back attention looks, with the token itself; 0: all.</summary>
    public int Window { get; init; }
    /// <summary>Of plain operators, whether every layer makes its mask of its own.</summary>
    public bool MaskInEachLayer { get; init; }
    /// <summary>A token whose embedding is no number; -1: none.</summary>
    public int NotANumber { get; init; } = -1;
    /// <summary>Factor of the output layer: how far the next-token distribution is from an even one.</summary>
    public float Sharpness { get; init; } = 2;
    /// <summary>Factor of the queries: how far a token attends to few others rather than evenly to all.</summary>
    public float Attention { get; init; } = 1;
    /// <summary>Seed of the weights; the same in all layouts and formats.</summary>
    public ulong Seed { get; init; } = 1;
}
