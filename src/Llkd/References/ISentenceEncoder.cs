namespace Llkd.References;

/// <summary>Turns texts into vectors whose inner product says how alike they are. Thread-safe once made.</summary>
public interface ISentenceEncoder
{
    /// <summary>What it is, in one line, for the table's legend.</summary>
    string Description { get; }

    /// <summary>Length of a vector.</summary>
    int Dimension { get; }

    /// <summary>Vectors of Euclidean length 1, row-major [texts, dimension]; zero for a text it knows nothing of.</summary>
    float[] Encode(IReadOnlyList<string> texts);
}
