namespace Llkd;

/// <summary>Levenshtein's distance between two words, for naming what a user probably meant.</summary>
public static class EditDistance
{
    /// <summary>Number of insertions, deletions and replacements, case ignored.</summary>
    public static int Between(string a, string b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        var row = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++) row[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int same = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(same, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
