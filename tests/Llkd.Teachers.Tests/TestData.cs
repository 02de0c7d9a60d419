using Llkd.Documents;
using Llkd.Numerics;
using Llkd.Tasks;

namespace Llkd.Teachers.Tests;

/// <summary>The real data sets beside the repository, and documents made from them.</summary>
internal static class TestData
{
    /// <summary>Path of a file of shared/data; skips the test where there is none.</summary>
    public static string Path(string file)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = System.IO.Path.Combine(folder.FullName, "shared", "data", file);
            if (File.Exists(path)) return path;
        }
        Assert.Skip($"shared/data/{file} is not beside the repository.");
        return "";
    }

    /// <summary>Rows of a CSV file as dictionaries of its columns.</summary>
    public static List<Dictionary<string, string>> Rows(string file)
    {
        using ITable table = Table.Open(Path(file));
        var rows = new List<Dictionary<string, string>>();
        while (table.Read())
            rows.Add(Enumerable.Range(0, table.Columns.Count).ToDictionary(i => table.Columns[i], i => table[i]!));
        return rows;
    }

    public static TaskLabel[] LabelsOf(IEnumerable<Dictionary<string, string>> rows) =>
        [.. rows.Select(row => row["label"]).Distinct().Order(StringComparer.Ordinal).Select(name => new TaskLabel { Name = name })];

    public static Document[] DocumentsOf(IEnumerable<Dictionary<string, string>> rows, TaskLabel[] labels) =>
        [.. rows.Select((row, i) => Document(row["text"], Array.FindIndex(labels, label => label.Name == row["label"]), i + 1))];

    public static Document Document(string text, int label = -1, long row = 1, string? id = null) =>
        new(DocumentKey.Of(text), row, id, text, label);

    /// <summary>So many examples of every class, drawn without replacement.</summary>
    public static Document[] Shots(Document[] documents, int perClass, int seed)
    {
        Document[] shuffled = [.. documents];
        new RandomStream(seed, "shots").Shuffle<Document>(shuffled);
        return [.. shuffled.GroupBy(document => document.Label).SelectMany(group => group.Take(perClass))];
    }

    public static string[] Texts(IEnumerable<Dictionary<string, string>> rows) => [.. rows.Select(row => row["text"])];

    /// <summary>A folder of its own for the calling test, removed at the end.</summary>
    public sealed class Folder : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llkd-");
        public string File(string name) => System.IO.Path.Combine(_folder.FullName, name);
        public void Dispose() => _folder.Delete(recursive: true);
    }
}
