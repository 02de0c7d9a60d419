using Llkd.Tasks;

namespace Llkd.Selection;

/// <summary>
/// No_DS: every sample of every batch, plain cross-entropy on the pseudo-labels. The baseline that every selection
/// must beat. With `target: soft` it is soft-label distillation (Hinton et al. 2015, at temperature 1).
/// </summary>
public sealed class NoDataSelection(NoDataSelectionOptions? options = null) : SelectionMethod
{
    private readonly NoDataSelectionOptions _options = options ?? new NoDataSelectionOptions();

    /// <inheritdoc/>
    public override bool NeedsStudentScores => false;

    /// <inheritdoc/>
    public override void Select(in ScoredBatch batch, BatchSelection selection)
    {
        ArgumentNullException.ThrowIfNull(selection);
        for (int i = 0; i < batch.Count; i++)
            PseudoLabelTarget.Fill(_options.Target, batch.TeacherDistribution(i), batch.PseudoLabel(i), selection.Append(i, 1));
    }
}

/// <summary>Options of `no-ds`.</summary>
public sealed record NoDataSelectionOptions
{
    /// <summary>What the student learns towards.</summary>
    [Key("target")]
    public TargetKind Target { get; init; } = TargetKind.Hard;
}
