using Llkd.Documents;

namespace Llkd.Tests.Samples;

/// <summary>The committed help-desk data.</summary>
internal static class HelpdeskSample
{
    /// <summary>Label names and the descriptions of task.yaml, in its order.</summary>
    public static IReadOnlyList<(string Name, string Description)> Labels { get; } = ReadLabels();

    /// <summary>Full path of samples/helpdesk.</summary>
    public static string Folder { get; } = Find();

    /// <summary>Texts and class indices of one table, [rows].</summary>
    public static (string[] Ids, string[] Texts, int[] Labels) Read(string name)
    {
        List<string> ids = [], texts = [];
        List<int> labels = [];
        var indices = Labels.Select((label, index) => (label.Name, index)).ToDictionary(StringComparer.Ordinal);
        using ITable table = Table.Open(Path.Combine(Folder, name + ".csv"));
        while (table.Read())
        {
            ids.Add(table[0]!);
            texts.Add(table[1]!);
            labels.Add(table.Columns.Count > 2 ? indices[table[2]!] : -1);
        }
        return ([.. ids], [.. texts], [.. labels]);
    }

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "samples", "helpdesk");
            if (File.Exists(Path.Combine(candidate, "generate.cs"))) return candidate;
        }
        throw new DirectoryNotFoundException($"samples/helpdesk is in no folder above {AppContext.BaseDirectory}.");
    }

    private static (string, string)[] ReadLabels()
    {
        using var reader = new StreamReader(Path.Combine(Find(), "task.yaml"));
        var yaml = new YamlDotNet.RepresentationModel.YamlStream();
        yaml.Load(reader);
        var labels = (YamlDotNet.RepresentationModel.YamlSequenceNode)yaml.Documents[0].RootNode["labels"];
        return [.. labels.Select(label => (label["name"].ToString(), label["description"].ToString()))];
    }
}
