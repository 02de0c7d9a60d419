namespace Llkd.Selection;

/// <summary>
/// What a method chose from a batch: positions, a weight and a target distribution each, and the divisor of the loss
/// L = Σ_j weight_j · CE(target_j, p_j) / divisor. Reused from step to step.
/// </summary>
public sealed class BatchSelection
{
    private int[] _positions = [];
    private float[] _weights = [];
    private float[] _targets = [];

    /// <summary>Creates an empty selection for batches of C classes.</summary>
    public BatchSelection(int classCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classCount, 2);
        ClassCount = classCount;
    }

    /// <summary>Number of classes C.</summary>
    public int ClassCount { get; }

    /// <summary>Number of selected samples.</summary>
    public int Count { get; private set; }

    /// <summary>Positions in the batch, ascending in the order they were added, [selected].</summary>
    public ReadOnlySpan<int> Positions => _positions.AsSpan(0, Count);

    /// <summary>Weights of the samples' losses, [selected].</summary>
    public ReadOnlySpan<float> Weights => _weights.AsSpan(0, Count);

    /// <summary>Target distributions, row-major [selected, classes].</summary>
    public ReadOnlySpan<float> Targets => _targets.AsSpan(0, Count * ClassCount);

    /// <summary>What the sum of the losses is divided by; 0 stands for the number of selected samples.</summary>
    public double Divisor { get; set; }

    /// <summary>Forgets the batch before and makes room for one of this size.</summary>
    public void Reset(int batchSize)
    {
        Count = 0;
        Divisor = 0;
        if (_positions.Length >= batchSize) return;
        _positions = new int[batchSize];
        _weights = new float[batchSize];
        _targets = new float[batchSize * ClassCount];
    }

    /// <summary>Selects a sample with its pseudo-label as a hard target.</summary>
    public void Add(int position, float weight, int label)
    {
        Span<float> target = Append(position, weight);
        target.Clear();
        target[label] = 1;
    }

    /// <summary>Selects a sample with a target distribution, [classes].</summary>
    public void Add(int position, float weight, ReadOnlySpan<float> target) => target.CopyTo(Append(position, weight));

    /// <summary>Selects a sample and returns its target, [classes], to be filled in.</summary>
    public Span<float> Append(int position, float weight)
    {
        _positions[Count] = position;
        _weights[Count] = weight;
        return _targets.AsSpan(Count++ * ClassCount, ClassCount);
    }

    /// <summary>Becomes a part of another selection, with the whole one's divisor: the parts' losses add up to the whole's.</summary>
    /// <param name="whole">The other selection.</param>
    /// <param name="rows">Which of its samples, by their place in it.</param>
    public void TakePart(BatchSelection whole, ReadOnlySpan<int> rows)
    {
        ArgumentNullException.ThrowIfNull(whole);
        Reset(rows.Length);
        foreach (int row in rows) Add(whole.Positions[row], whole.Weights[row], whole.Targets.Slice(row * ClassCount, ClassCount));
        Divisor = whole.Divisor > 0 ? whole.Divisor : whole.Count;
    }
}
