namespace Llkd.Inference;

/// <summary>The answer for one text.</summary>
public sealed record Prediction
{
    /// <summary>The label; null where the confidence is below <see cref="TextClassifierOptions.AbstainBelow"/>.</summary>
    public required string? Label { get; init; }

    /// <summary>The most probable label, also where the classifier abstains.</summary>
    public required string Best { get; init; }

    /// <summary>Number of <see cref="Best"/> in <see cref="TextClassifier.Labels"/>.</summary>
    public required int BestIndex { get; init; }

    /// <summary>Probability of <see cref="Best"/>, in (0, 1].</summary>
    public required float Confidence { get; init; }

    /// <summary>Probability of every label, in the order of <see cref="TextClassifier.Labels"/>, [classes]; they sum to 1.</summary>
    public required ReadOnlyMemory<float> Probabilities { get; init; }

    /// <summary>Whether the text was longer than the model reads, so that its end did not count.</summary>
    public required bool Truncated { get; init; }
}
