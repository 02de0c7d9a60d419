using Llkd.Selection;

namespace Llkd.Students.Training;

/// <summary>
/// Selected samples that wait for a full batch, oldest first, each with its target and the weight it had in its own step
/// (times that step's samples over its divisor, so that the mean over a full batch is a mean of the steps' losses). Kept in
/// checkpoints, so all of it can be serialised.
/// </summary>
internal sealed class RegroupedSamples
{
    public List<int> Samples { get; set; } = [];
    public List<float> Weights { get; set; } = [];
    public List<float> Targets { get; set; } = [];

    /// <summary>Step at which each was selected.</summary>
    public List<long> Steps { get; set; } = [];

    /// <summary>How many wait.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public int Count => Samples.Count;

    /// <summary>Step at which the oldest was selected.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public long Since => Steps.Count == 0 ? long.MaxValue : Steps[0];

    /// <summary>Adds what a step selected.</summary>
    /// <param name="selection">The selection.</param>
    /// <param name="batch">The samples that its positions are of.</param>
    /// <param name="step">The step.</param>
    public void Add(BatchSelection selection, ReadOnlySpan<int> batch, long step)
    {
        float scale = selection.Divisor > 0 ? (float)(selection.Count / selection.Divisor) : 1;
        for (int j = 0; j < selection.Count; j++)
        {
            Samples.Add(batch[selection.Positions[j]]);
            Weights.Add(selection.Weights[j] * scale);
            foreach (float target in selection.Targets.Slice(j * selection.ClassCount, selection.ClassCount)) Targets.Add(target);
            Steps.Add(step);
        }
    }

    /// <summary>Takes out the oldest, at most as many as fit.</summary>
    /// <param name="selection">Becomes their selection.</param>
    /// <param name="samples">Receives their indexes into the pool.</param>
    /// <returns>How many.</returns>
    public int Take(BatchSelection selection, Span<int> samples)
    {
        int count = Math.Min(Count, samples.Length), classes = selection.ClassCount;
        selection.Reset(count);
        for (int j = 0; j < count; j++)
        {
            samples[j] = Samples[j];
            Span<float> target = selection.Append(j, Weights[j]);
            for (int k = 0; k < classes; k++) target[k] = Targets[j * classes + k];
        }
        selection.Divisor = count;
        Samples.RemoveRange(0, count);
        Weights.RemoveRange(0, count);
        Targets.RemoveRange(0, count * classes);
        Steps.RemoveRange(0, count);
        return count;
    }
}
