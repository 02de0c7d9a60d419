using System.Globalization;
using Llkd.Tasks;

namespace Llkd.Teachers.Recorded;

/// <summary>Turns the cells of a recorded row into a distribution, or says what is wrong with them.</summary>
internal sealed class RecordedDistribution(IReadOnlyList<TaskLabel> labels, string file)
{
    /// <summary>Probabilities that were written with few digits do not sum to 1 exactly; further off than this they are no distribution.</summary>
    private const double LargestGap = 0.02;

    private readonly Dictionary<string, int> _indexes = labels.Index()
        .ToDictionary(label => label.Item.Name, label => label.Index, StringComparer.Ordinal);

    /// <summary>The distribution of a row, [classes], or null where it holds no usable answer.</summary>
    /// <exception cref="InputException">A cell is wrong.</exception>
    public float[]? Of(RecordedRow row)
    {
        int label = -1;
        if (row.Label is not null)
        {
            // Whoever recorded an empty label had no answer, whatever stands in the other columns.
            if (string.IsNullOrWhiteSpace(row.Label)) return null;
            label = IndexOf(row);
        }
        if (row.Probabilities is { } cells)
        {
            if (cells.All(string.IsNullOrWhiteSpace)) return label < 0 ? null : throw Wrong(row, "has a label but no probabilities. Fill them in, or leave the label empty where there was no answer");
            return FromProbabilities(row, cells, label);
        }
        if (label < 0) throw Wrong(row, "has neither a label nor probabilities. Name the label column (`teacher.label`) or the probability columns (`teacher.probabilities`)");
        return FromConfidence(row, label);
    }

    private int IndexOf(RecordedRow row)
    {
        string name = row.Label!.Trim();
        return _indexes.TryGetValue(row.Label, out int index) || _indexes.TryGetValue(name, out index)
            ? index
            : throw Wrong(row, $"has the label '{Shorten(name)}', which is none of the task's; the nearest is '{Nearest(name)}'. Correct it, add it to `labels`, or leave it empty where there was no answer");
    }

    private float[] FromProbabilities(RecordedRow row, IReadOnlyList<string?> cells, int label)
    {
        if (cells.Count != labels.Count)
            throw new ArgumentException($"Row {row.Row} has {cells.Count} probabilities for {labels.Count} labels.");
        var p = new double[labels.Count];
        double sum = 0, highest = 0;
        for (int k = 0; k < p.Length; k++)
        {
            p[k] = Number(row, $"the probability of '{labels[k].Name}'", cells[k]);
            if (p[k] < 0) throw Wrong(row, $"has a negative probability of '{labels[k].Name}', {cells[k]}. Probabilities are from 0 to 1");
            sum += p[k];
            highest = Math.Max(highest, p[k]);
        }
        if (!(Math.Abs(sum - 1) <= LargestGap))
            throw Wrong(row, string.Create(CultureInfo.InvariantCulture, $"has probabilities that sum to {sum:0.####}, not to 1. Normalise them"));
        if (label >= 0 && p[label] < highest)
        {
            int best = Array.IndexOf(p, highest);
            throw Wrong(row, string.Create(CultureInfo.InvariantCulture,
                $"has the label '{labels[label].Name}' with probability {p[label]:0.####}, but '{labels[best].Name}' has {highest:0.####}. Correct one of them, or leave the label column out (`teacher.label`)"));
        }
        return WithLabelFirst(Array.ConvertAll(p, value => (float)(value / sum)), label);
    }

    private float[] FromConfidence(RecordedRow row, int label)
    {
        double confidence = 1;
        if (row.Confidence is not null)
        {
            confidence = Number(row, "the confidence", row.Confidence);
            if (!(confidence > 0 && confidence <= 1))
                throw Wrong(row, $"has the confidence {row.Confidence.Trim()}, which is not in (0, 1]. Give the probability of the label");
            // Written with few digits, 1/C may come out a little lower.
            if (confidence < 1.0 / labels.Count - 1e-3)
                throw Wrong(row, string.Create(CultureInfo.InvariantCulture,
                    $"has the confidence {confidence:0.####}, less than 1/{labels.Count}: shared evenly, the rest would make every other label more likely than its own. Give the probability of the label, or all of them (`teacher.probabilities`)"));
            confidence = Math.Max(confidence, 1.0 / labels.Count);
        }
        var q = new float[labels.Count];
        Array.Fill(q, (float)((1 - confidence) / (labels.Count - 1)));
        q[label] = (float)confidence;
        return WithLabelFirst(q, label);
    }

    /// <summary>Where the label ties with others, it gets the smallest step more, so that it is the pseudo-label.</summary>
    private static float[] WithLabelFirst(float[] q, int label)
    {
        if (label >= 0 && Array.IndexOf(q, q.Max()) != label) q[label] = MathF.BitIncrement(q.Max());
        return q;
    }

    private double Number(RecordedRow row, string what, string? cell)
    {
        if (double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)) return value;
        throw Wrong(row, string.IsNullOrWhiteSpace(cell)
            ? $"lacks {what}. Fill it in"
            : $"has '{cell.Trim()}' for {what}, which is not a number. Write it as 0.75, with a point");
    }

    private InputException Wrong(RecordedRow row, string what) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{file}, row {row.Row}: the recorded row {what}."));

    private static string Shorten(string name) => name.Length <= 60 ? name : name[..60] + "…";

    private string? Nearest(string name) => NearestName.Of(name, labels.Select(label => label.Name));
}
