using System.Collections.Concurrent;

namespace Llkd.Features;

/// <summary>
/// What can be read off a pool's texts, computed when first asked for and kept: a comparison hands one object to all its
/// runs, so that nothing is computed twice. Thread-safe.
/// </summary>
public sealed class PoolFeatures
{
    private readonly Lazy<Tfidf> _tfidf;
    private readonly Lazy<SparseRows> _rows;
    private readonly ConcurrentDictionary<string, Lazy<object>> _kept = new(StringComparer.Ordinal);

    /// <summary>Describes a pool; nothing is computed yet.</summary>
    /// <param name="texts">The pool's texts, in its order.</param>
    /// <param name="options">How they become vectors; null is the defaults.</param>
    public PoolFeatures(IReadOnlyList<string> texts, TfidfOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(texts);
        Texts = texts;
        _tfidf = new Lazy<Tfidf>(() => Tfidf.Fit(Texts, options));
        _rows = new Lazy<SparseRows>(() => Tfidf.Transform(Texts));
    }

    /// <summary>The texts, [pool].</summary>
    public IReadOnlyList<string> Texts { get; }

    /// <summary>TF-IDF of the texts; by default of words and word pairs that occur in two texts or more, sublinear.</summary>
    public Tfidf Tfidf => _tfidf.Value;

    /// <summary>Vectors of the texts under it, each of length 1, [pool, features].</summary>
    public SparseRows Rows => _rows.Value;

    /// <summary>Something else that follows from the texts, computed once for each key even where several threads ask.</summary>
    /// <param name="key">Names it with everything besides the texts that it follows from.</param>
    /// <param name="compute">Computes it.</param>
    public T Remember<T>(string key, Func<PoolFeatures, T> compute)
        where T : notnull =>
        (T)_kept.GetOrAdd(key, _ => new Lazy<object>(() => compute(this))).Value;
}
