using System.Globalization;
using System.Text;
using Llkd.Reports.Html;

namespace Llkd.Reports.Comparison;

/// <summary>Writes a <see cref="Grid"/> in either form.</summary>
internal static class GridWriting
{
    public static Markup Html(this Grid grid)
    {
        var table = new Table(grid.Caption, [grid.Corner, .. grid.Columns]) { Sortable = true, Dense = true };
        foreach (var row in grid.Rows)
            table.Add([Cell.Of(row.Head), .. row.Cells.Select(Content)], row.Highlight);
        foreach (var (group, rows) in grid.Apart)
            table.AddApart(group, [.. rows.Select(row => (IReadOnlyList<Cell>)[Cell.Of(row.Head), .. row.Cells.Select(Content)])]);
        var notes = grid.Footnotes.Select((words, i) => Markup.Of($"<li><sup>{i + 1}</sup> {words}</li>\n"));
        return grid.Footnotes.Count == 0 ? table.Render() : Markup.Of($"{table.Render()}<ul class=\"footnotes\">\n{Markup.Join(notes)}</ul>\n");
    }

    public static string Markdown(this Grid grid)
    {
        var text = new StringBuilder();
        Line(text, [Escaped(grid.Corner), .. grid.Columns.Select(Escaped)]);
        bool Numeric(int column) => !grid.Rows.Concat(grid.Apart.SelectMany(group => group.Rows)).Any(row => row.Cells[column].Words);
        Line(text, [":---", .. grid.Columns.Select((_, column) => Numeric(column) ? "---:" : ":---")]);
        foreach (var row in grid.Rows)
            Line(text, [row.Highlight ? $"**{Escaped(row.Head)}**" : Escaped(row.Head), .. row.Cells.Select(Words)]);
        foreach (var (group, rows) in grid.Apart)
        {
            if (group.Length > 0)
                Line(text, [$"*{Escaped(group)}*", .. grid.Columns.Select(_ => "")]);
            foreach (var row in rows)
                Line(text, [Escaped(row.Head), .. row.Cells.Select(Words)]);
        }
        if (grid.Footnotes.Count > 0)
            text.Append('\n');
        for (int i = 0; i < grid.Footnotes.Count; i++)
            text.Append(CultureInfo.InvariantCulture, $"<sup>{i + 1}</sup> {Escaped(grid.Footnotes[i])}  \n");
        return text.Append('\n').ToString();
    }

    /// <summary>The text with everything that Markdown or HTML would take for markup made harmless.</summary>
    public static string Escaped(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (char c in text.ReplaceLineEndings(" "))
            _ = c switch
            {
                '<' => escaped.Append("&lt;"),
                '&' => escaped.Append("&amp;"),
                '|' or '*' or '_' or '`' or '[' or ']' or '\\' or '#' or '~' => escaped.Append('\\').Append(c),
                _ when char.IsControl(c) => escaped.Append(' '),
                _ => escaped.Append(c),
            };
        return escaped.ToString();
    }

    private static Cell Content(GridCell cell)
    {
        var marks = Markup.Join(cell.Marks.Select(mark => Markup.Of($"<sup>{mark}</sup>")));
        var text = cell.Words ? Markup.Of($"<bdi>{cell.Text}</bdi>{marks}") : Markup.Of($"{cell.Text}{marks}");
        return new Cell(cell.Bold ? Markup.Of($"<b>{text}</b>") : text, cell.SortKey, !cell.Words);
    }

    private static string Words(GridCell cell)
    {
        string text = Escaped(cell.Text) + string.Concat(cell.Marks.Select(mark => string.Create(CultureInfo.InvariantCulture, $"<sup>{mark}</sup>")));
        return cell.Bold ? $"**{text}**" : text;
    }

    private static void Line(StringBuilder text, IEnumerable<string> cells) =>
        text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}
