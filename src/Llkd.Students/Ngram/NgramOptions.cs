namespace Llkd.Students.Ngram;

/// <summary>Shape and training constants of an n-gram student.</summary>
public sealed record NgramOptions
{
    /// <summary>Embedding width H, and width of the head's hidden layer.</summary>
    public int Hidden { get; init; } = 64;

    /// <summary>Longest n-gram, in words, 1 to 5.</summary>
    public int Ngrams { get; init; } = 2;

    /// <summary>Hash buckets.</summary>
    public int Buckets { get; init; } = 1 << 20;

    /// <summary>Texts of the pool that must hold an n-gram for it to count.</summary>
    public int MinCount { get; init; } = 2;

    /// <summary>Dropout probability, on the pooled vector and on the hidden layer.</summary>
    public double Dropout { get; init; } = 0.1;

    /// <summary>Decoupled weight decay; not on biases. Of the embeddings, only the rows a step touches decay.</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>Largest L2 norm of the gradient; 0 turns clipping off.</summary>
    public double Clip { get; init; } = 1;

    /// <summary>Seed of initial weights and dropout.</summary>
    public int Seed { get; init; } = 1;
}
