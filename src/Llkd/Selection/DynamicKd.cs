using Llkd.Tasks;

namespace Llkd.Selection;

/// <summary>
/// Dynamic KD by uncertainty (Li et al., "Dynamic Knowledge Distillation for Pre-trained Language Models", EMNLP 2021,
/// arXiv 2109.11295): every sample counts by how uncertain the student is of it, L = Σ_i u_i · CE(ŷ_i, p_i) / B.
/// </summary>
public sealed class DynamicKd(DynamicKdOptions? options = null) : SelectionMethod
{
    private readonly DynamicKdOptions _options = options ?? new DynamicKdOptions();

    /// <inheritdoc/>
    public override void Select(in ScoredBatch batch, BatchSelection selection)
    {
        ArgumentNullException.ThrowIfNull(selection);
        for (int i = 0; i < batch.Count; i++)
        {
            float uncertainty = Uncertainty.Of(_options.Uncertainty, batch.StudentDistribution(i));
            PseudoLabelTarget.Fill(_options.Target, batch.TeacherDistribution(i), batch.PseudoLabel(i), selection.Append(i, uncertainty));
        }
    }
}

/// <summary>Options of `dynamickd`.</summary>
public sealed record DynamicKdOptions
{
    /// <summary>Measure of the student's uncertainty.</summary>
    [Key("uncertainty")]
    public UncertaintyMeasure Uncertainty { get; init; } = UncertaintyMeasure.Entropy;

    /// <summary>What the student learns towards.</summary>
    [Key("target")]
    public TargetKind Target { get; init; } = TargetKind.Hard;
}
