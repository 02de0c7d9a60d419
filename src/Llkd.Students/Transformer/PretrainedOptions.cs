namespace Llkd.Students.Transformer;

/// <summary>How a pretrained encoder is trained on.</summary>
public sealed record PretrainedOptions : EngineOptions
{
    /// <summary>Longest input in tokens, with the two special ones; at least 4. What is longer is cut. A model that takes less keeps to its own.</summary>
    public int MaxLength { get; init; } = 128;

    /// <summary>What the head reads.</summary>
    public Pooling Pooling { get; init; }

    /// <summary>How many of the first layers stay as they are; with one or more the embeddings do too. 0: everything is trained.</summary>
    public int FreezeLayers { get; init; }

    /// <summary>Factor on the learning rate from a layer to the one before it, in (0, 1]; the head has the whole rate (Howard and Ruder 2018).</summary>
    public double LayerDecay { get; init; } = 1;

    /// <summary>Dropout probability, in [0, 1).</summary>
    public double Dropout { get; init; } = 0.1;

    /// <summary>Decoupled weight decay; not on biases and layer norms.</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>Largest L2 norm of the gradient; 0 turns clipping off.</summary>
    public double Clip { get; init; } = 1;

    /// <summary>Seed of the head's weights and of dropout.</summary>
    public int Seed { get; init; } = 1;
}
