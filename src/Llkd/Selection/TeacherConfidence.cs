using Llkd.Tasks;

namespace Llkd.Selection;

/// <summary>
/// Teacher confidence only: before training, keep the share of the pool with the highest c_i, of these those with
/// c_i ≥ `minimum`. A fixed threshold is `share: 1` with `minimum`. What a user would try first; no paper's own.
/// </summary>
public sealed class TeacherConfidence(TeacherConfidenceOptions? options = null) : PoolFilter
{
    private readonly TeacherConfidenceOptions _options = options ?? new TeacherConfidenceOptions();

    /// <inheritdoc/>
    public override int[] FilterPool(PoolContext pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        int[] surest = Lowest(pool.Samples, Array.ConvertAll(pool.Samples, i => -(double)pool.Labels.Confidences[i]), _options.Share);
        return Array.FindAll(surest, i => pool.Labels.Confidences[i] >= (float)_options.Minimum);
    }
}

/// <summary>Options of `teacher-confidence`.</summary>
public sealed record TeacherConfidenceOptions
{
    /// <summary>Share of the pool that is kept, the surest first.</summary>
    [Key("share", Minimum = 0, Maximum = 1)]
    public double Share { get; init; } = 0.5;

    /// <summary>Lowest confidence that is kept.</summary>
    [Key("minimum", Minimum = 0, Maximum = 1)]
    public double Minimum { get; init; }
}
