using Llkd.Tasks;

namespace Llkd.Documents;

/// <summary>Finding columns by name.</summary>
public static class TableColumns
{
    /// <summary>Index of a column, or −1 where the table has none of that name.</summary>
    public static int Find(this ITable table, string column)
    {
        ArgumentNullException.ThrowIfNull(table);
        for (int i = 0; i < table.Columns.Count; i++)
            if (table.Columns[i] == column) return i;
        return -1;
    }

    /// <summary>Index of a column that must be there.</summary>
    /// <param name="table">The table. Of a JSON Lines file, the first row decides which columns there are.</param>
    /// <param name="column">Column name; upper and lower case matter.</param>
    /// <param name="key">Key of the task file, or the option, that names the column; the message tells it.</param>
    /// <exception cref="InputException">There is no such column; the message lists those there are and the nearest one.</exception>
    public static int Require(this ITable table, string column, string key)
    {
        int index = Find(table, column);
        if (index >= 0) return index;
        string known = string.Join(", ", table.Columns.Take(40).Select(c => $"`{c}`")) + (table.Columns.Count > 40 ? ", …" : "");
        string? nearest = NearestName.Of(column, table.Columns);
        throw new InputException(
            $"{table.Name}: there is no column `{column}` ({key}). Columns: {(known.Length == 0 ? "none" : known)}." +
            (nearest is null ? "" : $" The nearest is `{nearest}`."));
    }

    internal static void RefuseDuplicates(string table, IReadOnlyList<string> columns)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < columns.Count; i++)
            if (!seen.TryAdd(columns[i], i))
                throw new InputException(
                    $"{table}, header: columns {seen[columns[i]] + 1} and {i + 1} are both named `{columns[i]}`; rename one.");
    }
}
