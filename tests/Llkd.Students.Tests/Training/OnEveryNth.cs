using Llkd.Selection;

namespace Llkd.Students.Tests.Training;

/// <summary>All of every n-th batch from the first, none of the others; n = 0: none at all. Remembers what it was offered.</summary>
internal sealed class OnEveryNth(int n) : SelectionMethod
{
    public List<int> Offered { get; } = [];

    public Func<int, bool> Keep { get; init; } = _ => true;

    public override bool NeedsStudentScores => false;

    public override int[]? FilterPool(PoolContext pool) => [.. Enumerable.Range(0, pool.Labels.Count).Where(Keep)];

    public override void Select(in ScoredBatch batch, BatchSelection selection)
    {
        Offered.AddRange(batch.Samples);
        if (n == 0 || batch.Step % n != 0) return;
        for (int i = 0; i < batch.Count; i++) selection.Add(i, 1, batch.PseudoLabel(i));
    }
}
