using Llkd.Labels;

namespace Llkd.References;

/// <summary>A classifier that a comparison shows beside the students: it reads texts and needs no task student. Thread-safe once made.</summary>
public interface ITextClassifier
{
    /// <summary>What it is made of, in one line, for the table's legend.</summary>
    string Description { get; }

    /// <summary>What a reader of its figures must know, such as a class it can never answer with.</summary>
    IReadOnlyList<string> Notes { get; }

    /// <summary>Distributions over the classes, with their most probable class and its probability, [texts].</summary>
    PseudoLabels Predict(IReadOnlyList<string> texts);
}
