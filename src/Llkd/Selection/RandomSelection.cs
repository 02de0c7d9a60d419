using Llkd.Numerics;
using Llkd.Tasks;

namespace Llkd.Selection;

/// <summary>Random: a random share r of each batch, at least one sample, each subset of that size equally likely.</summary>
public sealed class RandomSelection(RandomStream random, RandomSelectionOptions? options = null) : SelectionMethod
{
    private readonly RandomSelectionOptions _options = options ?? new RandomSelectionOptions();
    private int[] _positions = [];

    /// <inheritdoc/>
    public override bool NeedsStudentScores => false;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double[]> State
    {
        // Two halves of 32 bits each: a double holds neither a whole 64-bit word nor a loss of one.
        get => new Dictionary<string, double[]>
        {
            ["random"] = [.. random.State.SelectMany(word => new double[] { word >> 32, word & 0xFFFFFFFF })],
        };
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            random.State = [.. value["random"].Chunk(2).Select(half => (ulong)half[0] << 32 | (ulong)half[1])];
        }
    }

    /// <inheritdoc/>
    public override void Select(in ScoredBatch batch, BatchSelection selection)
    {
        ArgumentNullException.ThrowIfNull(selection);
        int n = batch.Count;
        if (_positions.Length < n) _positions = new int[n];
        Span<int> positions = _positions.AsSpan(0, n);
        for (int i = 0; i < n; i++) positions[i] = i;
        random.Shuffle(positions);
        Span<int> chosen = positions[..Math.Clamp((int)Math.Round(_options.Share * n), Math.Min(1, n), n)];
        chosen.Sort();
        foreach (int i in chosen) selection.Add(i, 1, batch.PseudoLabel(i));
    }
}

/// <summary>Options of `random`.</summary>
public sealed record RandomSelectionOptions
{
    /// <summary>r, the share of each batch that is used.</summary>
    [Key("share", Minimum = 0, Maximum = 1)]
    public double Share { get; init; } = 0.5;
}
