namespace Llkd.Selection;

/// <summary>What the student learns towards.</summary>
public enum TargetKind
{
    /// <summary>The pseudo-label ŷ, one-hot.</summary>
    Hard,
    /// <summary>The teacher's distribution q.</summary>
    Soft,
    /// <summary>The mean of the two.</summary>
    Mix,
}

internal static class PseudoLabelTarget
{
    /// <summary>Writes the target of one sample.</summary>
    public static void Fill(TargetKind kind, ReadOnlySpan<float> teacher, int label, Span<float> target)
    {
        if (kind == TargetKind.Hard) target.Clear();
        else teacher.CopyTo(target);
        if (kind == TargetKind.Mix)
            for (int k = 0; k < target.Length; k++) target[k] *= 0.5f;
        if (kind == TargetKind.Hard) target[label] = 1;
        else if (kind == TargetKind.Mix) target[label] += 0.5f;
    }
}
