using System.Globalization;
using Llkd.Features;
using Llkd.Labels;

namespace Llkd.References;

/// <summary>
/// TF-IDF of words and word pairs with multinomial logistic regression, trained on the teacher's labels: the baseline that
/// keeps everyone honest, since it needs seconds. No randomness.
/// </summary>
public sealed class TfidfLogistic : ITextClassifier
{
    private readonly Tfidf _tfidf;
    private readonly LogisticRegression _model;

    private TfidfLogistic(Tfidf tfidf, LogisticRegression model, string description) =>
        (_tfidf, _model, Description) = (tfidf, model, description);

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Notes => [];

    /// <summary>Largest absolute component of the gradient where the optimiser stopped.</summary>
    public double GradientNorm => _model.GradientNorm;

    /// <summary>Trains on the teacher's labels of a pool.</summary>
    /// <param name="pool">The pool's texts.</param>
    /// <param name="labels">The teacher's distributions over them.</param>
    /// <param name="options">Options; null is the defaults.</param>
    /// <param name="samples">Indexes into the pool to train on; null is all.</param>
    public static TfidfLogistic Train(PoolFeatures pool, PseudoLabels labels, TfidfLogisticOptions? options = null, int[]? samples = null)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(labels);
        options ??= new TfidfLogisticOptions();
        samples ??= [.. Enumerable.Range(0, labels.Count)];
        int classes = labels.ClassCount;
        var targets = new float[samples.Length * classes];
        for (int i = 0; i < samples.Length; i++)
        {
            if (options.SoftLabels) labels.Distribution(samples[i]).CopyTo(targets.AsSpan(i * classes));
            else targets[i * classes + labels.Labels[samples[i]]] = 1;
        }
        LogisticRegression model = LogisticRegression.Train(
            pool.Rows, samples, targets, classes, options.InversePenalty, options.Tolerance, options.Iterations);
        return new TfidfLogistic(pool.Tfidf, model, string.Create(
            CultureInfo.InvariantCulture,
            $"TF-IDF of words and word pairs ({pool.Tfidf.Count} features), logistic regression, C = {options.InversePenalty}, {(options.SoftLabels ? "soft" : "hard")} labels"));
    }

    /// <inheritdoc/>
    public PseudoLabels Predict(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        SparseRows rows = _tfidf.Transform(texts);
        var distributions = new float[rows.Count * _model.ClassCount];
        for (int i = 0; i < rows.Count; i++)
            _model.Predict(rows, i, distributions.AsSpan(i * _model.ClassCount, _model.ClassCount));
        return new PseudoLabels(distributions, _model.ClassCount);
    }
}

/// <summary>Options of <see cref="TfidfLogistic"/>.</summary>
public sealed record TfidfLogisticOptions
{
    /// <summary>C, the inverse of the penalty's weight, above 0; default 1.</summary>
    public double InversePenalty { get; init; } = 1;

    /// <summary>Whether it learns towards the teacher's distributions rather than its labels; default no.</summary>
    public bool SoftLabels { get; init; }

    /// <summary>Stops where no component of the gradient is larger than this times the number of samples; default 1e-5.</summary>
    public double Tolerance { get; init; } = 1e-5;

    /// <summary>Most iterations; default 500.</summary>
    public int Iterations { get; init; } = 500;
}
