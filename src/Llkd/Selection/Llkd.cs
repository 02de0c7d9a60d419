using Llkd.Tasks;

namespace Llkd.Selection;

/// <summary>
/// LLKD and LLKD_w (Li et al., "Learning with Less", Findings of NAACL 2025, arXiv 2411.08028): a sample is used iff
/// c_i ≥ τT_t(ŷ_i) and u_i ≥ τS_t(ŷ_i), where both thresholds adapt at every step and to every class;
/// L = Σ_selected w_i · CE(ŷ_i, p_i) / #selected, w_i = 1 for LLKD and c_i + u_i for LLKD_w. The thresholds' form and
/// the weights' form are a reconstruction; see <see cref="LlkdOptions"/> for what can be set instead.
/// </summary>
public sealed class LlkdMethod : SelectionMethod
{
    private readonly LlkdOptions _options;
    private readonly bool _teacherCondition;
    private readonly bool _studentCondition;
    private readonly bool _weighted;
    private readonly AdaptiveThresholds _teacher;
    private readonly AdaptiveThresholds _student;
    private readonly double[] _meanDistribution;
    private int _offered;
    private float[] _confidences = [];
    private float[] _uncertainties = [];
    private int[] _labels = [];

    /// <summary>Creates the method in its start state T_0 = 1/C, S_0 = 1.</summary>
    /// <param name="classCount">Number of classes C, at least 2.</param>
    /// <param name="options">Options; null is the defaults.</param>
    /// <param name="weighted">LLKD_w rather than LLKD.</param>
    /// <param name="conditions">Which of the two conditions hold; the paper's ablations drop one or both.</param>
    public LlkdMethod(
        int classCount, LlkdOptions? options = null, bool weighted = false, LlkdConditions conditions = LlkdConditions.Both)
    {
        _options = options ?? new LlkdOptions();
        _weighted = weighted;
        _teacherCondition = (conditions & LlkdConditions.TeacherConfidence) != 0;
        _studentCondition = (conditions & LlkdConditions.StudentUncertainty) != 0;
        _teacher = new AdaptiveThresholds(classCount, 1.0 / classCount, _options.Momentum, _options.ClassScaling);
        _student = new AdaptiveThresholds(classCount, 1, _options.Momentum, _options.ClassScaling);
        _meanDistribution = new double[classCount];
    }

    /// <inheritdoc/>
    public override bool NeedsStudentScores => _weighted || _studentCondition;

    /// <inheritdoc/>
    public override ReadOnlySpan<float> TeacherThresholds => _teacherCondition ? _teacher.Thresholds : [];

    /// <inheritdoc/>
    public override ReadOnlySpan<float> StudentThresholds => _studentCondition ? _student.Thresholds : [];

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double[]> State
    {
        get => new Dictionary<string, double[]> { ["teacher"] = _teacher.State, ["student"] = _student.State };
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _teacher.State = value["teacher"];
            _student.State = value["student"];
        }
    }

    /// <inheritdoc/>
    public override bool ScreensBatches => _options.Scoring == LlkdScoring.TeacherFirst && _teacherCondition && NeedsStudentScores;

    /// <inheritdoc/>
    public override void Screen(in ScoredBatch batch, List<int> admitted)
    {
        ArgumentNullException.ThrowIfNull(admitted);
        _offered = batch.Count;
        if (_offered == 0) return;
        Read(batch);
        _teacher.Update(_confidences.AsSpan(0, _offered), _meanDistribution);
        for (int i = 0; i < _offered; i++)
            if (_confidences[i] >= _teacher.Thresholds[_labels[i]]) admitted.Add(i);
    }

    /// <inheritdoc/>
    public override void Select(in ScoredBatch batch, BatchSelection selection)
    {
        ArgumentNullException.ThrowIfNull(selection);
        int n = batch.Count;
        if (n == 0) return;
        Read(batch);
        if (!ScreensBatches) _offered = n;
        Span<float> confidences = _confidences.AsSpan(0, n), uncertainties = _uncertainties.AsSpan(0, n);
        Span<int> labels = _labels.AsSpan(0, n);
        if (!ScreensBatches) _teacher.Update(confidences, _meanDistribution);
        if (NeedsStudentScores) _student.UpdateByLabel(uncertainties, labels);

        ReadOnlySpan<float> teacherThresholds = _teacher.Thresholds, studentThresholds = _student.Thresholds;
        for (int i = 0; i < n; i++)
        {
            int label = labels[i];
            if (_teacherCondition && !(confidences[i] >= teacherThresholds[label])) continue;
            if (_studentCondition && !(uncertainties[i] >= studentThresholds[label])) continue;
            float weight = !_weighted ? 1f
                : _options.Weighting == LlkdWeighting.Sum ? confidences[i] + uncertainties[i]
                : confidences[i] * uncertainties[i];
            PseudoLabelTarget.Fill(_options.Target, batch.TeacherDistribution(i), label, selection.Append(i, weight));
        }
        selection.Divisor = _options.Divisor == LossDivisor.Selected ? selection.Count : _offered;
    }

    private void Read(in ScoredBatch batch)
    {
        int n = batch.Count;
        if (_confidences.Length < n)
        {
            _confidences = new float[n];
            _uncertainties = new float[n];
            _labels = new int[n];
        }
        Array.Clear(_meanDistribution);
        for (int i = 0; i < n; i++)
        {
            _labels[i] = batch.PseudoLabel(i);
            _confidences[i] = batch.TeacherConfidence(i);
            if (batch.StudentDistributions.Length > 0) _uncertainties[i] = Uncertainty.Of(_options.Uncertainty, batch.StudentDistribution(i));
            ReadOnlySpan<float> q = batch.TeacherDistribution(i);
            for (int k = 0; k < q.Length; k++) _meanDistribution[k] += q[k];
        }
        for (int k = 0; k < _meanDistribution.Length; k++) _meanDistribution[k] /= n;
    }
}

/// <summary>The conditions a sample must meet.</summary>
[Flags]
public enum LlkdConditions
{
    /// <summary>Neither: every sample is used, "w/o TC+SU".</summary>
    None = 0,
    /// <summary>c_i ≥ τT_t(ŷ_i).</summary>
    TeacherConfidence = 1,
    /// <summary>u_i ≥ τS_t(ŷ_i).</summary>
    StudentUncertainty = 2,
    /// <summary>Both: LLKD.</summary>
    Both = TeacherConfidence | StudentUncertainty,
}

/// <summary>Options of `llkd`, `llkd-w` and the ablations.</summary>
public sealed record LlkdOptions
{
    /// <summary>λ, the momentum of all four moving averages.</summary>
    [Key("momentum", Minimum = 0, Maximum = 0.999999)]
    public double Momentum { get; init; } = 0.9;

    /// <summary>How a class's threshold follows from the global one.</summary>
    [Key("classScaling")]
    public ClassScaling ClassScaling { get; init; } = ClassScaling.MaxNorm;

    /// <summary>What the student learns towards.</summary>
    [Key("target")]
    public TargetKind Target { get; init; } = TargetKind.Hard;

    /// <summary>Measure of the student's uncertainty.</summary>
    [Key("uncertainty")]
    public UncertaintyMeasure Uncertainty { get; init; } = UncertaintyMeasure.Entropy;

    /// <summary>What the sum of losses is divided by.</summary>
    [Key("divideBy")]
    public LossDivisor Divisor { get; init; } = LossDivisor.Selected;

    /// <summary>
    /// Which samples of a batch the student scores. `teacher-first` scores only those that the teacher condition lets
    /// through, which takes less time; the student's levels S and b(k) then follow the uncertainty of those samples alone.
    /// </summary>
    [Key("scoring")]
    public LlkdScoring Scoring { get; init; } = LlkdScoring.All;

    /// <summary>`llkd-w` only: how confidence and uncertainty make a weight.</summary>
    [Key("weighting")]
    public LlkdWeighting Weighting { get; init; } = LlkdWeighting.Sum;
}

/// <summary>Which samples of a batch the student scores.</summary>
public enum LlkdScoring
{
    /// <summary>All of them, as the paper has it.</summary>
    All,
    /// <summary>Those that meet the teacher condition.</summary>
    TeacherFirst,
}

/// <summary>How LLKD_w weights a sample.</summary>
public enum LlkdWeighting
{
    /// <summary>w = c + u.</summary>
    Sum,
    /// <summary>w = c · u.</summary>
    Product,
}

/// <summary>What the sum of losses is divided by.</summary>
public enum LossDivisor
{
    /// <summary>The number of selected samples.</summary>
    Selected,
    /// <summary>The batch size B, so that a step from few samples is a small one.</summary>
    Batch,
}
