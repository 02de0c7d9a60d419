using System.Globalization;
using System.Text;
using Llkd.Documents;
using Llkd.Numerics;

namespace Llkd.Benchmarks.Prediction;

/// <summary>
/// `big-table FILE [bytes] [folder of tables]`: a CSV file of columns `id` (1, 2, …) and `text`, as large as asked for (default 2 GB),
/// whose texts are those of all tables below the folder (default ../shared/data), joined at random to one to four a row.
/// </summary>
internal static class BigTable
{
    /// <summary>Writes the table.</summary>
    /// <returns>Number of rows.</returns>
    public static long Write(string path, long bytes, string folder)
    {
        string[] texts = RealTexts.Read(folder);
        var random = new RandomStream(1, "big table");
        using var file = new StreamWriter(path, append: false, new UTF8Encoding(false), 1 << 20);
        file.Write("id,text\n");
        long rows = 0, written = 0;
        var row = new StringBuilder();
        while (written < bytes)
        {
            row.Clear().Append(CultureInfo.InvariantCulture, $"{++rows},\"");
            for (int more = 1 + random.NextInt32(4); more > 0; more--)
                row.Append(texts[random.NextInt32(texts.Length)].Replace("\"", "\"\"", StringComparison.Ordinal)).Append(more > 1 ? " " : "\"\n");
            foreach (ReadOnlyMemory<char> part in row.GetChunks())
            {
                file.Write(part.Span);
                written += Encoding.UTF8.GetByteCount(part.Span);
            }
        }
        return rows;
    }
}

/// <summary>The texts of all CSV tables below a folder that have a column `text`.</summary>
internal static class RealTexts
{
    public static string[] Read(string folder)
    {
        string[] texts = [.. Directory.EnumerateFiles(folder, "*.csv", SearchOption.AllDirectories).Order(StringComparer.Ordinal).SelectMany(Of)];
        return texts.Length > 0 ? texts : throw new InputException($"{folder} holds no CSV table with a column `text`.");
    }

    /// <summary>The texts of one table; none where it has no column `text`.</summary>
    public static string[] Of(string path)
    {
        var texts = new List<string>();
        using ITable table = Table.Open(path);
        if (!table.Read() || table.Find("text") is not (>= 0 and int column)) return [];
        do
        {
            if (table[column] is { Length: > 0 } text) texts.Add(text);
        }
        while (table.Read());
        return [.. texts];
    }
}
