namespace Llkd.Documents;

/// <summary>One text of a pool, validation or test table.</summary>
/// <param name="Key">Identity of the text; equal texts have equal keys.</param>
/// <param name="Row">1-based number of the data row in its file (the header is not counted).</param>
/// <param name="Id">Value of the id column, or null where the table has none.</param>
/// <param name="Text">The text, never empty.</param>
/// <param name="Label">Index of the gold label in the task's labels, or −1 where it is not known.</param>
public sealed record Document(DocumentKey Key, long Row, string? Id, string Text, int Label)
{
    /// <summary>Whether a gold label is known.</summary>
    public bool HasLabel => Label >= 0;
}
