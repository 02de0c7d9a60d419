using Llkd.Tasks;

namespace Llkd.Documents;

/// <summary>What a reader met; it counts while its documents are consumed.</summary>
public sealed class ReadCounts
{
    /// <summary>Data rows read.</summary>
    public long Rows { get; internal set; }

    /// <summary>Rows left out because their text is empty or white space only.</summary>
    public long Empty { get; internal set; }

    /// <summary>Documents that have a gold label.</summary>
    public long Labelled { get; internal set; }
}

/// <summary>Reads the documents of a table.</summary>
public static class DocumentReader
{
    /// <summary>Streams a table's documents; errors come while they are consumed.</summary>
    /// <param name="path">The table, as a full path or relative to the current folder.</param>
    /// <param name="options">Column names and the longest text accepted.</param>
    /// <param name="labels">The task's labels; a document's label is an index into them.</param>
    /// <param name="requireLabels">Whether the label column must be there and every row with a text must have a label. Where not, an empty label cell is no label.</param>
    /// <param name="counts">Receives the counts.</param>
    /// <exception cref="InputException">The table cannot be read, lacks a column, has a text too long or a label the task does not know; the message names file, row and what to do.</exception>
    public static IEnumerable<Document> Read(
        string path, DataOptions options, IReadOnlyList<TaskLabel> labels, bool requireLabels, ReadCounts counts)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(counts);
        return Stream(path, options, labels, requireLabels, counts);
    }

    private static IEnumerable<Document> Stream(
        string path, DataOptions options, IReadOnlyList<TaskLabel> labels, bool requireLabels, ReadCounts counts)
    {
        var indexes = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < labels.Count; i++) indexes.TryAdd(labels[i].Name, i);
        for (int i = 0; i < labels.Count; i++)
            if (labels[i].Value is { } written) indexes.TryAdd(written, i);
        using ITable table = Table.Open(path, options.Format);
        int text = table.Require(options.Text, "data.text");
        int label = requireLabels ? table.Require(options.Label, "data.label") : table.Find(options.Label);
        int id = table.Find(options.Id);
        while (table.Read())
        {
            counts.Rows++;
            // A JSON Lines key may come up only after the first row.
            if (label < 0) label = table.Find(options.Label);
            if (id < 0) id = table.Find(options.Id);
            string? value = table[text];
            if (string.IsNullOrWhiteSpace(value))
            {
                counts.Empty++;
                continue;
            }
            if (value.Length > options.MaxTextLength)
                throw new InputException(
                    $"{table.Name}, row {table.Row}: the text has {value.Length} characters, more than `data.maxTextLength`, {options.MaxTextLength}; " +
                    "shorten it or raise the limit.");
            int gold = Label(table, label, options, labels, indexes, requireLabels);
            if (gold >= 0) counts.Labelled++;
            yield return new Document(DocumentKey.Of(value), table.Row, id < 0 ? null : table[id], value, gold);
        }
    }

    private static int Label(
        ITable table, int column, DataOptions options, IReadOnlyList<TaskLabel> labels, Dictionary<string, int> indexes, bool required)
    {
        string? name = column < 0 ? null : table[column];
        if (name is not null && indexes.TryGetValue(name, out int index)) return index;
        if (string.IsNullOrWhiteSpace(name))
            return required
                ? throw new InputException($"{table.Name}, row {table.Row}: column `{options.Label}` is empty, but a gold label is needed here.")
                : -1;
        string known = string.Join(", ", labels.Take(40).Select(l => $"`{l.Name}`")) + (labels.Count > 40 ? ", …" : "");
        string shown = name.Length <= 60 ? name : name[..60] + "…";
        string advice = name.All(char.IsAsciiDigit)
            ? "write label names instead of numbers, or give each label its number as `value`"
            : $"the nearest is `{NearestName.Of(name, labels.Select(l => l.Name))}`";
        throw new InputException(
            $"{table.Name}, row {table.Row}: `{shown}` in column `{options.Label}` is none of the task's labels ({known}); {advice}.");
    }
}
