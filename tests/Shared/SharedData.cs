namespace Llkd.Tests.Shared;

/// <summary>The data that stands beside the repository where there is any; a test that finds none is skipped.</summary>
internal static class SharedData
{
    public static string Folder(string name) =>
        Above(Path.Combine("shared", "data")) is { } data && Directory.Exists(Path.Combine(data, "..", name))
            ? Path.GetFullPath(Path.Combine(data, "..", name))
            : Skip($"No folder shared/{name} above {AppContext.BaseDirectory}.");

    /// <summary>The texts of shared/data/NAME/train.csv; its first column, which may be quoted.</summary>
    public static IReadOnlyList<string> Texts(string name)
    {
        var texts = new List<string>();
        foreach (string line in File.ReadLines(Path.Combine(Folder("data"), name, "train.csv")).Skip(1))
        {
            int end = line.StartsWith('"') ? line.LastIndexOf("\",", StringComparison.Ordinal) : line.IndexOf(',', StringComparison.Ordinal);
            if (end > 0) texts.Add(line.StartsWith('"') ? line[1..end].Replace("\"\"", "\"", StringComparison.Ordinal) : line[..end]);
        }
        return texts;
    }

    /// <summary>The nearest folder of that relative path, going up from the test's own; null where there is none.</summary>
    public static string? Above(string relative)
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (Directory.Exists(Path.Combine(at.FullName, relative))) return Path.Combine(at.FullName, relative);
        return null;
    }

    private static string Skip(string message)
    {
        Assert.Skip(message);
        return "";
    }
}
