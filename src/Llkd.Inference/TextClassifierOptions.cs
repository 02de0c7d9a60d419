namespace Llkd.Inference;

/// <summary>How a classifier runs.</summary>
public sealed record TextClassifierOptions
{
    /// <summary>
    /// Confidence below which a text gets no label, from 0 to 1; default 0: every text gets one. What a threshold costs
    /// and gains on the test texts is in the run's report.
    /// </summary>
    public float AbstainBelow { get; init; }

    /// <summary>Threads of one call; default 0: as many as there are cores.</summary>
    public int Threads { get; init; }

    /// <summary>Longest input in tokens, with the special ones; what is longer is cut. Default null, and at most: the model's own limit.</summary>
    public int? MaxLength { get; init; }

    /// <summary>
    /// Most tokens that go through the model together, with their padding; default 4096. More need more memory; fewer keep
    /// the processor less busy. A longer text goes alone.
    /// </summary>
    public int BatchTokens { get; init; } = 4096;

    /// <summary>Whether the temperature that `llkd export` fitted is applied to the confidences; default true.</summary>
    public bool Calibrated { get; init; } = true;
}
