using Llkd.Numerics;

namespace Llkd.Selection;

/// <summary>
/// The confident joint of given and likely labels (Northcutt et al. 2021, section 3.1), its rows scaled to the number of
/// samples with each given label, and the samples it marks as wrong (section 3.2). A class keeps at least one sample.
/// </summary>
internal sealed class ConfidentJoint
{
    private readonly int[] _labels;
    private readonly float[] _distributions;
    private readonly int _classes;

    private ConfidentJoint(int[] labels, float[] distributions, int classes, double[] counts) =>
        (_labels, _distributions, _classes, Counts) = (labels, distributions, classes, counts);

    /// <summary>Estimated number of samples with given label i and true label j, row-major [given, true].</summary>
    public double[] Counts { get; }

    /// <summary>Counts the joint.</summary>
    /// <param name="labels">Given labels, [samples].</param>
    /// <param name="distributions">Out-of-sample p̂, row-major [samples, classes].</param>
    /// <param name="classes">Number of classes.</param>
    public static ConfidentJoint Of(int[] labels, float[] distributions, int classes)
    {
        var thresholds = new double[classes];
        var members = new int[classes];
        for (int i = 0; i < labels.Length; i++)
        {
            thresholds[labels[i]] += distributions[i * classes + labels[i]];
            members[labels[i]]++;
        }
        // A class that no label names can be nobody's true one: its threshold is out of reach.
        for (int k = 0; k < classes; k++) thresholds[k] = members[k] > 0 ? thresholds[k] / members[k] : double.PositiveInfinity;

        var counts = new double[classes * classes];
        for (int i = 0; i < labels.Length; i++)
        {
            ReadOnlySpan<float> p = distributions.AsSpan(i * classes, classes);
            int likely = -1;
            for (int k = 0; k < classes; k++)
                if (p[k] >= thresholds[k] && (likely < 0 || p[k] > p[likely])) likely = k;
            if (likely >= 0) counts[labels[i] * classes + likely]++;
        }
        for (int given = 0; given < classes; given++)
        {
            Span<double> row = counts.AsSpan(given * classes, classes);
            double sum = 0;
            foreach (double count in row) sum += count;
            // None of the class's samples reached a threshold: all are taken to be right.
            if (sum == 0) row[given] = sum = members[given];
            if (sum > 0) VectorMath.Scale(row, members[given] / sum);
        }
        return new ConfidentJoint(labels, distributions, classes, counts);
    }

    /// <summary>Which labels are taken to be wrong, [samples].</summary>
    public bool[] Wrong(PruneRule rule)
    {
        var byClass = new bool[_labels.Length];
        var byRate = new bool[_labels.Length];
        for (int given = 0; given < _classes; given++)
        {
            int[] members = [.. Enumerable.Range(0, _labels.Length).Where(i => _labels[i] == given)];
            double off = 0;
            for (int k = 0; k < _classes; k++)
            {
                if (k == given) continue;
                double count = Counts[given * _classes + k];
                off += count;
                Mark(byRate, members, i => P(i, given) - (double)P(i, k), count);
            }
            Mark(byClass, members, i => P(i, given), off);
            KeepOne(byRate, members, given);
            KeepOne(byClass, members, given);
        }
        return rule switch
        {
            PruneRule.ByClass => byClass,
            PruneRule.ByNoiseRate => byRate,
            _ => [.. byClass.Zip(byRate, (a, b) => a && b)],
        };
    }

    private float P(int sample, int label) => _distributions[sample * _classes + label];

    private static void Mark(bool[] wrong, int[] members, Func<int, double> score, double count)
    {
        int taken = (int)Math.Round(count);
        if (taken == 0) return;
        foreach (int i in members.OrderBy(score).Take(taken)) wrong[i] = true;
    }

    private void KeepOne(bool[] wrong, int[] members, int given)
    {
        if (members.Length > 0 && members.All(i => wrong[i])) wrong[members.MaxBy(i => P(i, given))] = false;
    }
}
