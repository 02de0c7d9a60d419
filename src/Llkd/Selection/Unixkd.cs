using Llkd.Tasks;

namespace Llkd.Selection;

/// <summary>
/// UNIXKD (Xu, Liu and Loy, "Computation-Efficient Knowledge Distillation via Uncertainty-Aware Mixup", arXiv 2012.09413):
/// of each batch, use the share r about which the student is least certain. The paper mixes the images it takes with
/// others; texts cannot be mixed, so that part is left out.
/// </summary>
public sealed class Unixkd(UnixkdOptions? options = null) : SelectionMethod
{
    private readonly UnixkdOptions _options = options ?? new UnixkdOptions();
    private ulong[] _order = [];

    /// <inheritdoc/>
    public override void Select(in ScoredBatch batch, BatchSelection selection)
    {
        ArgumentNullException.ThrowIfNull(selection);
        int n = batch.Count;
        if (n == 0) return;
        if (_order.Length < n) _order = new ulong[n];
        Span<ulong> order = _order.AsSpan(0, n);
        for (int i = 0; i < n; i++)
        {
            // Uncertainties are not negative, so their bits sort as they do; the position breaks ties, the lower one first.
            uint certainty = ~BitConverter.SingleToUInt32Bits(Uncertainty.Of(_options.Uncertainty, batch.StudentDistribution(i)));
            order[i] = (ulong)certainty << 32 | (uint)i;
        }
        order.Sort();
        Span<ulong> chosen = order[..Math.Clamp((int)Math.Round(_options.Share * n), 1, n)];
        for (int j = 0; j < chosen.Length; j++) chosen[j] &= uint.MaxValue;
        chosen.Sort();
        foreach (ulong position in chosen)
        {
            int i = (int)position;
            PseudoLabelTarget.Fill(_options.Target, batch.TeacherDistribution(i), batch.PseudoLabel(i), selection.Append(i, 1));
        }
    }
}

/// <summary>Options of `unixkd`.</summary>
public sealed record UnixkdOptions
{
    /// <summary>r, the share of each batch that is used.</summary>
    [Key("share", Minimum = 0, Maximum = 1)]
    public double Share { get; init; } = 0.5;

    /// <summary>Measure of the student's uncertainty.</summary>
    [Key("uncertainty")]
    public UncertaintyMeasure Uncertainty { get; init; } = UncertaintyMeasure.Entropy;

    /// <summary>What the student learns towards.</summary>
    [Key("target")]
    public TargetKind Target { get; init; } = TargetKind.Hard;
}
