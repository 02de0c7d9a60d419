namespace Llkd.Tasks;

/// <summary>Finds the known name a misspelt one was probably meant to be.</summary>
public static class NearestName
{
    /// <summary>
    /// The name with the smallest edit distance (Levenshtein; a difference of case counts half), the first one on a tie;
    /// null where there are no names.
    /// </summary>
    public static string? Of(string name, IEnumerable<string> known) =>
        Of(name, known, 1) is [var nearest] ? nearest : null;

    /// <summary>The nearest names, nearest first; fewer where there are not so many.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="known">What it may have meant.</param>
    /// <param name="count">How many to name.</param>
    public static IReadOnlyList<string> Of(string name, IEnumerable<string> known, int count)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(known);
        return [.. known.OrderBy(candidate => Distance(Cut(name), Cut(candidate))).Take(count)];
    }

    // A wrong "name" may be a whole document that stands in the wrong column; its first characters tell enough.
    private static string Cut(string name) => name.Length <= 100 ? name : name[..100];

    private static int Distance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++) row[j] = 2 * j;
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = 2 * i;
            for (int j = 1; j <= b.Length; j++)
            {
                int change = a[i - 1] == b[j - 1] ? 0
                    : char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 1 : 2;
                int value = Math.Min(diagonal + change, Math.Min(row[j], row[j - 1]) + 2);
                diagonal = row[j];
                row[j] = value;
            }
        }
        return row[^1];
    }
}
