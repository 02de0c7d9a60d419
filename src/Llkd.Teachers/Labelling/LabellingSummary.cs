namespace Llkd.Teachers;

/// <summary>How far labelling has come; reported at every commit.</summary>
/// <param name="Total">Documents asked about in this session when it is through.</param>
/// <param name="Done">Answers committed in this session, failures included.</param>
/// <param name="Failed">Failures among them.</param>
/// <param name="PromptTokens">Tokens read in this session.</param>
/// <param name="CompletionTokens">Tokens written in this session.</param>
/// <param name="Elapsed">Time since the session's start.</param>
public readonly record struct LabellingProgress(
    long Total, long Done, long Failed, long PromptTokens, long CompletionTokens, TimeSpan Elapsed);

/// <summary>What one session of labelling did.</summary>
public sealed record LabellingSummary
{
    /// <summary>Distinct texts that were labelled before the session.</summary>
    public required long AlreadyThere { get; init; }

    /// <summary>Distinct texts the teacher was asked about.</summary>
    public required long Asked { get; init; }

    /// <summary>Texts it labelled.</summary>
    public required long Labelled { get; init; }

    /// <summary>Failures of this session, counted by reason.</summary>
    public required IReadOnlyDictionary<string, long> Failed { get; init; }

    /// <summary>Time the session took.</summary>
    public required double Seconds { get; init; }
}

/// <summary>The labels of a set of documents, as the journal holds them.</summary>
/// <param name="Distributions">q, row-major [documents, classes], in the order of the documents; zeros where there is no label.</param>
/// <param name="Missing">Indexes of the documents without a label, ascending.</param>
/// <param name="ClassCount">Number of classes.</param>
public sealed record CollectedLabels(float[] Distributions, IReadOnlyList<int> Missing, int ClassCount)
{
    /// <summary>The documents that have a label, and their distributions in the same order.</summary>
    /// <param name="kept">Indexes of those documents, ascending.</param>
    public Labels.PseudoLabels Compact(out int[] kept)
    {
        int count = Distributions.Length / ClassCount;
        kept = new int[count - Missing.Count];
        for (int i = 0, m = 0, k = 0; i < count; i++)
        {
            if (m < Missing.Count && Missing[m] == i) m++;
            else kept[k++] = i;
        }
        // Millions of texts are not copied where all of them have a label.
        if (kept.Length == count) return new Labels.PseudoLabels(Distributions, ClassCount);
        var rows = new float[kept.Length * ClassCount];
        for (int i = 0; i < kept.Length; i++)
            Distributions.AsSpan(kept[i] * ClassCount, ClassCount).CopyTo(rows.AsSpan(i * ClassCount));
        return new Labels.PseudoLabels(rows, ClassCount);
    }
}
