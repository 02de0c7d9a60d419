namespace Llkd.Selection;

/// <summary>
/// A way of choosing what the student learns from: which samples of the pool, which of each batch, with what weights,
/// targets and loss. One method is one file in this folder and one line in <see cref="SelectionMethods"/>.
/// Not thread-safe: one instance serves one training run.
/// </summary>
public abstract class SelectionMethod
{
    private readonly List<string> _notes = [];

    /// <summary>Name in task files, for messages; a method made without the registry goes by its type's name.</summary>
    public string Name { get => field ?? GetType().Name; internal set; }

    /// <summary>All options with their values, for messages; empty where it has none or was made without the registry.</summary>
    public string OptionValues { get; internal set; } = "";

    /// <summary>What a reader of the results must know: fallbacks that were taken, classes that are left out. No note stands twice.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Whether <see cref="Select"/> needs the student's distributions; if not, the scoring pass is left out.</summary>
    public virtual bool NeedsStudentScores => true;

    /// <summary>Thresholds on teacher confidence by class, [classes], after the last batch; empty where the method has none.</summary>
    public virtual ReadOnlySpan<float> TeacherThresholds => [];

    /// <summary>Thresholds on student uncertainty by class, [classes], after the last batch; empty where the method has none.</summary>
    public virtual ReadOnlySpan<float> StudentThresholds => [];

    /// <summary>Chooses, before training, the samples of the pool that batches are made of; null is all of them.</summary>
    /// <param name="pool">What is known of the pool.</param>
    /// <returns>Indexes into the pool, ascending; or null.</returns>
    public virtual int[]? FilterPool(PoolContext pool) => null;

    /// <summary>Whether <see cref="BeginEpoch"/> is to be called before this epoch; the whole pool is then scored.</summary>
    /// <param name="epoch">Epoch, from 0.</param>
    public virtual bool NeedsPoolScores(int epoch) => false;

    /// <summary>
    /// Looks at the student's distributions over the whole pool before an epoch. What it leaves must stand in
    /// <see cref="State"/> and follow from the context alone: a run that is continued in the middle of the epoch does
    /// not call it again, and one that was stopped right behind it calls it once more.
    /// </summary>
    /// <param name="epoch">The pool as the student sees it.</param>
    public virtual void BeginEpoch(in EpochContext epoch) { }

    /// <summary>Whether <see cref="Screen"/> is called before every batch is scored, and <see cref="Select"/> gets only what it admits.</summary>
    public virtual bool ScreensBatches => false;

    /// <summary>Chooses, before the student scores a batch, which of its samples are scored at all.</summary>
    /// <param name="batch">The whole batch, without the student's distributions.</param>
    /// <param name="admitted">Receives positions in the batch, ascending.</param>
    public virtual void Screen(in ScoredBatch batch, List<int> admitted) { }

    /// <summary>Updates the method's state from a batch and chooses from it.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="selection">Receives the choice; already reset to the batch's size.</param>
    public abstract void Select(in ScoredBatch batch, BatchSelection selection);

    /// <summary>
    /// Loss of the selected samples and its gradient with respect to their logits. The default is
    /// L = Σ_j weight_j · CE(target_j, softmax(z_j)) / divisor.
    /// </summary>
    /// <param name="selection">What <see cref="Select"/> chose.</param>
    /// <param name="logits">z of the training pass, row-major [selected, classes].</param>
    /// <param name="gradient">Receives dL/dz, row-major [selected, classes].</param>
    /// <returns>L.</returns>
    public virtual double Loss(BatchSelection selection, ReadOnlySpan<float> logits, Span<float> gradient) =>
        CrossEntropy.Weighted(selection, logits, gradient);

    /// <summary>
    /// Whether <see cref="Loss"/> is a sum over samples, each term of its own logits alone, divided by the selection's
    /// divisor: it can then be computed in parts. Default: true.
    /// </summary>
    public virtual bool LossIsSumOverSamples => true;

    /// <summary>
    /// Whether <see cref="Loss"/> depends on nothing but the selection it is given, so that samples of several batches can
    /// be put together. Default: whether it is a sum over samples.
    /// </summary>
    public virtual bool LossReadsSelectionAlone => LossIsSumOverSamples;

    /// <summary>State that a checkpoint keeps: named numbers. Assigning it continues where it was read.</summary>
    public virtual IReadOnlyDictionary<string, double[]> State
    {
        get => new Dictionary<string, double[]>();
        set { }
    }

    /// <summary>Adds to <see cref="Notes"/> what does not stand there yet.</summary>
    protected void AddNote(string note)
    {
        if (!_notes.Contains(note)) _notes.Add(note);
    }
}
