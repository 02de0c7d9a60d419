using Llkd.Runs;

namespace Llkd.Reports.Comparison;

/// <summary>Kinds of failure that a reader should tell apart.</summary>
internal static class Failures
{
    /// <summary>Whether the student's numbers ran away, which says something of the method, unlike a full disk.</summary>
    public static bool Diverged(ComparisonCell cell) => cell.Failure is { } why
        && (why.Contains("diverge", StringComparison.OrdinalIgnoreCase) || why.Contains("NaN", StringComparison.Ordinal) || why.Contains("not a number", StringComparison.OrdinalIgnoreCase));
}
