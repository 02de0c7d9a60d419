namespace Llkd.Reports.Comparison;

/// <summary>One cell of a table that is written as Markdown and as HTML.</summary>
/// <param name="Text">What is shown.</param>
/// <param name="SortKey">The number it is sorted by; null for text and where there is none.</param>
internal sealed record GridCell(string Text, double? SortKey = null)
{
    public static readonly GridCell None = new("–");

    /// <summary>Whether it is the best of its column.</summary>
    public bool Bold { get; init; }
    /// <summary>Whether it is text rather than a number.</summary>
    public bool Words { get; init; }
    /// <summary>Numbers of the footnotes that belong to it.</summary>
    public IReadOnlyList<int> Marks { get; init; } = [];

    public static GridCell Of(string text) => new(text) { Words = true };

    public static GridCell Number(string shown, double value) => double.IsFinite(value) ? new(shown, value) : None;
}

/// <summary>One row.</summary>
/// <param name="Head">Name of the row.</param>
/// <param name="Cells">One a column after the first.</param>
internal sealed record GridRow(string Head, IReadOnlyList<GridCell> Cells)
{
    /// <summary>Whether it is set off from the others.</summary>
    public bool Highlight { get; init; }
}

/// <summary>A table with footnotes: rows, and rows that stand apart under them.</summary>
/// <param name="Caption">What it shows, for screen readers and as a heading in Markdown.</param>
/// <param name="Corner">Head of the first column.</param>
/// <param name="Columns">Heads of the others.</param>
internal sealed record Grid(string Caption, string Corner, IReadOnlyList<string> Columns)
{
    private readonly List<string> footnotes = [];

    public List<GridRow> Rows { get; } = [];

    /// <summary>Rows under the others, in named groups.</summary>
    public List<(string Group, IReadOnlyList<GridRow> Rows)> Apart { get; } = [];

    public IReadOnlyList<string> Footnotes => footnotes;

    /// <summary>The number of a footnote, from 1; the same words share one.</summary>
    public int Footnote(string words)
    {
        int at = footnotes.IndexOf(words);
        if (at >= 0)
            return at + 1;
        footnotes.Add(words);
        return footnotes.Count;
    }

    /// <summary>Marks the cells with the best text of each column, ties included.</summary>
    /// <param name="best">Given the keys of a column, the best one.</param>
    public void EmboldenBest(Func<IEnumerable<double>, double> best)
    {
        for (int column = 0; column < Columns.Count; column++)
        {
            double[] keys = [.. Rows.Select(row => row.Cells[column].SortKey).OfType<double>()];
            if (keys.Length < 2)
                continue;
            double top = best(keys);
            string shown = Leading(Rows.First(row => row.Cells[column].SortKey == top).Cells[column].Text);
            for (int i = 0; i < Rows.Count; i++)
                if (Rows[i].Cells[column] is { SortKey: not null } cell && Leading(cell.Text) == shown)
                    Rows[i] = Rows[i] with { Cells = [.. Rows[i].Cells.Select((other, j) => j == column ? other with { Bold = true } : other)] };
        }
    }

    // "86.12" of "86.12 ± 0.40": two means that read the same are a tie, whatever their deviations.
    private static string Leading(string text) => text.Split(" ±")[0];
}
