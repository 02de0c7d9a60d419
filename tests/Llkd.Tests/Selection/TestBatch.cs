using CsCheck;
using Llkd.Features;
using Llkd.Labels;
using Llkd.Numerics;
using Llkd.Selection;

namespace Llkd.Tests.Selection;

/// <summary>A batch written out: teacher distributions q and student distributions p, both [batch][classes].</summary>
internal sealed record TestBatch(float[][] Teacher, float[][] Student)
{
    public int Count => Teacher.Length;

    /// <summary>Selects from the batch. The pool holds it in reverse, so that positions and pool indexes differ.</summary>
    public Choice SelectWith(SelectionMethod method, int step = 0, int epoch = 0)
    {
        BatchSelection selection = Select(method, step, epoch);
        return new Choice(
            selection.Positions.ToArray(), selection.Weights.ToArray(), [.. selection.Targets.ToArray().Chunk(selection.ClassCount)],
            selection.Divisor, method.TeacherThresholds.ToArray(), method.StudentThresholds.ToArray());
    }

    /// <summary>The same, as the method left it.</summary>
    public BatchSelection Select(SelectionMethod method, int step = 0, int epoch = 0)
    {
        int classes = Teacher[0].Length;
        var labels = new PseudoLabels([.. Teacher.Reverse().SelectMany(q => q)], classes);
        int[] samples = [.. Enumerable.Range(0, Count).Reverse()];
        float[] student = method.NeedsStudentScores ? [.. Student.SelectMany(p => p)] : [];
        var selection = new BatchSelection(classes);
        selection.Reset(Count);
        method.Select(new ScoredBatch(samples, labels, student, epoch, step), selection);
        return selection;
    }

    /// <summary>The batch as a pool, in its order, before training.</summary>
    public PoolContext AsPool(PoolFeatures? features = null) =>
        new(new PseudoLabels([.. Teacher.SelectMany(q => q)], Teacher[0].Length), new RandomStream(1, "filter"), features: features);

    public TestBatch Permuted(int[] order) => new([.. order.Select(i => Teacher[i])], [.. order.Select(i => Student[i])]);

    public TestBatch Relabelled(int[] newLabelOf) => new(Relabel(Teacher, newLabelOf), Relabel(Student, newLabelOf));

    /// <summary>A run of batches over the same classes.</summary>
    public static Gen<TestBatch[]> Sequences(int longest = 12, int largest = 24) =>
        Gen.Int[2, 8].SelectMany(classes => Batches(classes, largest).Array[1, longest]);

    public static Gen<TestBatch> Batches(int classes, int largest) =>
        Gen.Int[1, largest].SelectMany(n => Gen.Select(
            Distributions(classes).Array[n], Distributions(classes).Array[n], (q, p) => new TestBatch(q, p)));

    /// <summary>From nearly uniform to nearly certain.</summary>
    public static Gen<float[]> Distributions(int classes) =>
        Gen.Select(Gen.Double[0.01, 1].Array[classes], Gen.Double[0.2, 12], (values, sharpness) =>
        {
            double[] powers = [.. values.Select(v => Math.Pow(v, sharpness))];
            return powers.Select(v => (float)(v / powers.Sum())).ToArray();
        });

    public override string ToString() =>
        $"q: {string.Join(' ', Teacher.Select(Row))}; p: {string.Join(' ', Student.Select(Row))}";

    private static string Row(float[] row) => $"({string.Join(", ", row)})";

    private static float[][] Relabel(float[][] rows, int[] newLabelOf) => [.. rows.Select(row =>
    {
        var moved = new float[row.Length];
        for (int k = 0; k < row.Length; k++) moved[newLabelOf[k]] = row[k];
        return moved;
    })];
}

/// <summary>What a method chose, copied out.</summary>
internal sealed record Choice(
    int[] Positions, float[] Weights, float[][] Targets, double Divisor, float[] TeacherThresholds, float[] StudentThresholds);
