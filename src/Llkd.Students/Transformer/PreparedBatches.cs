namespace Llkd.Students.Transformer;

/// <summary>
/// The batches of the next scoring pass, read from the corpus and padded on another thread while the step before still
/// computes: a pool in a mapped file may have to come from disk first.
/// </summary>
internal sealed class PreparedBatches
{
    private ITokenCorpus? _corpus;
    private int[] _documents = [];
    private Task<List<TokenBatch>>? _batches;

    /// <summary>Begins; what was prepared before and not taken is forgotten.</summary>
    public void Begin(ITokenCorpus corpus, int[] documents, Func<List<TokenBatch>> cut)
    {
        // A corpus may be closed by its owner as soon as no call is under way, so no work on it may outlive the next call.
        Drop();
        (_corpus, _documents, _batches) = (corpus, documents, Task.Run(cut));
    }

    /// <summary>The batches, if these very documents were prepared; null else.</summary>
    public List<TokenBatch>? Take(ITokenCorpus corpus, ReadOnlySpan<int> documents)
    {
        if (_batches is null) return null;
        bool same = ReferenceEquals(corpus, _corpus) && documents.SequenceEqual(_documents);
        List<TokenBatch> batches = _batches.GetAwaiter().GetResult();
        (_corpus, _batches) = (null, null);
        return same ? batches : null;
    }

    /// <summary>Waits for what is under way and forgets it.</summary>
    public void Drop()
    {
        _batches?.Wait();
        (_corpus, _batches) = (null, null);
    }
}
