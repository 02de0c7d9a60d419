namespace Llkd.Students.Transformer;

/// <summary>Shape and training constants of a transformer student.</summary>
public sealed record TransformerOptions : EngineOptions
{
    /// <summary>Layers.</summary>
    public int Layers { get; init; } = 4;

    /// <summary>Hidden size H; the feed-forward layers are four times as wide.</summary>
    public int Hidden { get; init; } = 128;

    /// <summary>Attention heads; H must be a multiple.</summary>
    public int Heads { get; init; } = 4;

    /// <summary>Longest input in tokens, with the two special ones; at least 4. What is longer is cut.</summary>
    public int MaxLength { get; init; } = 128;

    /// <summary>Most tokens of the byte-level BPE vocabulary that is trained on the pool; at least 261.</summary>
    public int Vocabulary { get; init; } = 8000;

    /// <summary>Dropout probability, in [0, 1): on embeddings, attention weights, each sub-layer's output and in the head.</summary>
    public double Dropout { get; init; } = 0.1;

    /// <summary>Decoupled weight decay; not on biases and layer norms.</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>Largest L2 norm of the gradient; 0 turns clipping off.</summary>
    public double Clip { get; init; } = 1;

    /// <summary>Seed of initial weights and dropout.</summary>
    public int Seed { get; init; } = 1;
}
