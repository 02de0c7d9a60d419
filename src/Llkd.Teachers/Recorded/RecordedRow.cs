namespace Llkd.Teachers;

/// <summary>One row of a table of recorded labels, its cells as they were read.</summary>
/// <param name="Row">1-based number of the data row.</param>
/// <param name="Id">Id cell; null where there is no id column.</param>
/// <param name="Text">Text cell; null where there is no text column.</param>
/// <param name="Label">Label cell; empty where the labeller gave no usable answer; null where there is no label column.</param>
/// <param name="Confidence">Confidence cell; null where there is no such column.</param>
/// <param name="Probabilities">Probability cells in the order of the task's labels, [classes]; null where there are no such columns.</param>
public sealed record RecordedRow(
    long Row, string? Id, string? Text, string? Label, string? Confidence, IReadOnlyList<string?>? Probabilities);
