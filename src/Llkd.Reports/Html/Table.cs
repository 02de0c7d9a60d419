using System.Text;

namespace Llkd.Reports.Html;

/// <summary>One cell: what is shown, and the number it is sorted by.</summary>
internal readonly record struct Cell(Markup Content, double? SortKey = null, bool Numeric = false)
{
    public static Cell Of(string text) => new(Markup.Of($"<bdi>{text}</bdi>"));

    public static Cell Number(string shown, double value) => new(Markup.Of($"{shown}"), double.IsFinite(value) ? value : null, true);

    public static Cell Number(long value) => Number(Figure.Count(value), value);

    public static readonly Cell None = new(Markup.Of($"–"), null, true);
}

/// <summary>A table in its own scrolling box, so that a wide one never widens the page.</summary>
internal sealed class Table(string caption, params string[] columns)
{
    private readonly StringBuilder rows = new();
    private readonly StringBuilder apart = new();
    private int numericColumns;
    private int count;
    private int countApart;

    /// <summary>Whether a script may let the reader sort it; it reads the same without.</summary>
    public bool Sortable { get; init; }

    /// <summary>Whether it is set small, to hold many columns and rows without scrolling; the best cells are bold, not the rows set off.</summary>
    public bool Dense { get; init; }

    /// <summary>Adds a row.</summary>
    /// <param name="cells">One a column.</param>
    /// <param name="highlight">Whether the row is set off from the others.</param>
    public void Add(IReadOnlyList<Cell> cells, bool highlight = false)
    {
        count++;
        Row(rows, cells, highlight ? " class=\"this\"" : "");
    }

    /// <summary>Adds a group of rows that stay under the others, whatever these are sorted by.</summary>
    /// <param name="group">Name of the group; empty for none.</param>
    /// <param name="members">Its rows.</param>
    public void AddApart(string group, IReadOnlyList<IReadOnlyList<Cell>> members)
    {
        countApart += members.Count;
        apart.Append("<tbody class=\"apart\">\n");
        if (group.Length > 0)
            apart.Append($"<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"{columns.Length}\">{Escape.Text(group)}</th></tr>\n");
        foreach (var cells in members)
            Row(apart, cells, "");
        apart.Append("</tbody>\n");
    }

    public Markup Render()
    {
        var head = new StringBuilder();
        for (int i = 0; i < columns.Length; i++)
            head.Append((numericColumns >> i & 1) == 1 ? "<th scope=\"col\" class=\"n\">" : "<th scope=\"col\">")
                .Append(Escape.Text(columns[i])).Append("</th>");
        string css = (Sortable && count > 1 ? "sortable" : "plain") + (Dense ? " dense" : "");
        string box = count + countApart > 24 && !Dense ? "scroll tall" : "scroll";
        return Markup.Of($"""
            <div class="{box}" tabindex="0" role="region" aria-label="{caption}"><table class="{css}"><caption>{caption}</caption>
            <thead><tr>{new Markup(head.ToString())}</tr></thead>
            <tbody>
            {new Markup(rows.ToString())}</tbody>
            {new Markup(apart.ToString())}</table></div>

            """);
    }

    private void Row(StringBuilder to, IReadOnlyList<Cell> cells, string css)
    {
        to.Append("<tr").Append(css).Append('>');
        for (int i = 0; i < cells.Count; i++)
        {
            var cell = cells[i];
            if (cell.Numeric && i < 31)
                numericColumns |= 1 << i;
            string key = cell.SortKey is { } value ? $" data-v=\"{Figure.Exact(value)}\"" : "";
            string align = cell.Numeric ? " class=\"n\"" : "";
            to.Append(i == 0 ? $"<th scope=\"row\"{align}{key}>{cell.Content}</th>" : $"<td{align}{key}>{cell.Content}</td>");
        }
        to.Append("</tr>\n");
    }
}
