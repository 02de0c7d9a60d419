using Llkd.Labels;

namespace Llkd.Selection;

/// <summary>One training batch as a selection method sees it: the teacher's distributions and the student's.</summary>
public readonly ref struct ScoredBatch
{
    /// <summary>Describes a batch; nothing is copied.</summary>
    /// <param name="samples">Indexes into the pool, [batch].</param>
    /// <param name="labels">The pool's teacher distributions.</param>
    /// <param name="studentDistributions">p, row-major [batch, classes], from the student's current weights; empty for a method that does not need it.</param>
    /// <param name="epoch">Epoch, from 0.</param>
    /// <param name="step">Training step, from 0.</param>
    /// <exception cref="ArgumentException">The student's distributions are neither empty nor [batch, classes].</exception>
    public ScoredBatch(ReadOnlySpan<int> samples, PseudoLabels labels, ReadOnlySpan<float> studentDistributions, int epoch, long step)
    {
        ArgumentNullException.ThrowIfNull(labels);
        if (studentDistributions.Length != 0 && studentDistributions.Length != samples.Length * labels.ClassCount)
            throw new ArgumentException("The student's distributions are not [batch, classes].", nameof(studentDistributions));
        Samples = samples;
        Labels = labels;
        StudentDistributions = studentDistributions;
        Epoch = epoch;
        Step = step;
    }

    /// <summary>Indexes into the pool, [batch].</summary>
    public ReadOnlySpan<int> Samples { get; }

    /// <summary>The teacher's distributions over the whole pool.</summary>
    public PseudoLabels Labels { get; }

    /// <summary>p, row-major [batch, classes]; empty where the method does not need it.</summary>
    public ReadOnlySpan<float> StudentDistributions { get; }

    /// <summary>Epoch, from 0.</summary>
    public int Epoch { get; }

    /// <summary>Training step, from 0.</summary>
    public long Step { get; }

    /// <summary>Number of samples B.</summary>
    public int Count => Samples.Length;

    /// <summary>Number of classes C.</summary>
    public int ClassCount => Labels.ClassCount;

    /// <summary>Pseudo-label ŷ of the sample at a position of the batch.</summary>
    public int PseudoLabel(int position) => Labels.Labels[Samples[position]];

    /// <summary>Teacher confidence c of the sample at a position of the batch.</summary>
    public float TeacherConfidence(int position) => Labels.Confidences[Samples[position]];

    /// <summary>Teacher distribution q of the sample at a position of the batch, [classes].</summary>
    public ReadOnlySpan<float> TeacherDistribution(int position) => Labels.Distribution(Samples[position]);

    /// <summary>Student distribution p of the sample at a position of the batch, [classes].</summary>
    public ReadOnlySpan<float> StudentDistribution(int position) =>
        StudentDistributions.Slice(position * ClassCount, ClassCount);
}
