using Llkd.Features;
using Llkd.Labels;
using Llkd.Numerics;

namespace Llkd.Selection;

/// <summary>What a method may look at before training.</summary>
public sealed class PoolContext
{
    private readonly PoolFeatures? _features;

    /// <summary>Describes a pool.</summary>
    /// <param name="labels">The teacher's distributions over the pool.</param>
    /// <param name="random">Random numbers of the method's own.</param>
    /// <param name="samples">Indexes into the pool that may be trained on, ascending; null is all of it.</param>
    /// <param name="features">The pool's texts and what follows from them; null where the texts are not at hand.</param>
    public PoolContext(PseudoLabels labels, RandomStream random, int[]? samples = null, PoolFeatures? features = null)
    {
        ArgumentNullException.ThrowIfNull(labels);
        if (features is not null && features.Texts.Count != labels.Count)
            throw new ArgumentException($"There are {features.Texts.Count} texts and {labels.Count} labels.", nameof(features));
        (Labels, Random, _features) = (labels, random, features);
        Samples = samples ?? [.. Enumerable.Range(0, labels.Count)];
    }

    /// <summary>The teacher's distributions over the pool.</summary>
    public PseudoLabels Labels { get; }

    /// <summary>Random numbers of the method's own.</summary>
    public RandomStream Random { get; }

    /// <summary>Indexes into the pool that may be trained on, ascending: all but a held-out share.</summary>
    public int[] Samples { get; }

    /// <summary>The pool's texts and their TF-IDF vectors.</summary>
    /// <exception cref="InputException">The texts are not at hand.</exception>
    public PoolFeatures Features => _features
        ?? throw new InputException("This method reads the texts of the pool, and was not given them. Set TrainingData.Features, or choose a method that needs labels only.");
}

/// <summary>The pool before an epoch, as the student sees it.</summary>
public readonly ref struct EpochContext
{
    /// <summary>Describes it; nothing is copied.</summary>
    /// <param name="epoch">Epoch, from 0.</param>
    /// <param name="samples">Indexes into the pool that are trained on, ascending, [samples].</param>
    /// <param name="labels">The teacher's distributions over the pool.</param>
    /// <param name="studentDistributions">p, row-major [samples, classes].</param>
    public EpochContext(int epoch, ReadOnlySpan<int> samples, PseudoLabels labels, ReadOnlySpan<float> studentDistributions)
    {
        ArgumentNullException.ThrowIfNull(labels);
        if (studentDistributions.Length != samples.Length * labels.ClassCount)
            throw new ArgumentException("The student's distributions are not [samples, classes].", nameof(studentDistributions));
        Epoch = epoch;
        Samples = samples;
        Labels = labels;
        StudentDistributions = studentDistributions;
    }

    /// <summary>Epoch, from 0.</summary>
    public int Epoch { get; }

    /// <summary>Indexes into the pool that are trained on, ascending, [samples].</summary>
    public ReadOnlySpan<int> Samples { get; }

    /// <summary>The teacher's distributions over the pool.</summary>
    public PseudoLabels Labels { get; }

    /// <summary>p, row-major [samples, classes].</summary>
    public ReadOnlySpan<float> StudentDistributions { get; }

    /// <summary>Student distribution p of the sample at a position of <see cref="Samples"/>, [classes].</summary>
    public ReadOnlySpan<float> StudentDistribution(int position) =>
        StudentDistributions.Slice(position * Labels.ClassCount, Labels.ClassCount);
}
