using System.Text.Json;
using System.Text.RegularExpressions;
using Llkd.Cli.Tests.Support;
using Llkd.TestModels;

namespace Llkd.Cli.Tests.Contract;

/// <summary>The walk-through of docs/teachers.md for a local model, as it stands there, on the first texts of the real data.</summary>
public sealed partial class LocalWalkThroughTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llkd-walk-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void The_task_and_the_commands_of_the_page_work()
    {
        string page = File.ReadAllText(Above(Path.Combine("docs", "teachers.md")) ?? Skip("docs/teachers.md"));
        string data = Above(Path.Combine("shared", "data", "emotions", "train.csv")) is { } train ? Path.GetDirectoryName(train)! : Skip("shared/data/emotions");
        string section = page[page.IndexOf("## A model on this machine", StringComparison.Ordinal)..];
        string[] blocks = [.. Fence().Matches(section).Select(block => block.Groups[1].Value)];
        File.WriteAllText(Path.Combine(_folder.FullName, "emotions.yaml"), blocks.Single(block => block.StartsWith("name: emotions", StringComparison.Ordinal)));
        foreach ((string name, int rows) in new[] { ("train.csv", 400), ("validation.csv", 150), ("test.csv", 150) })
            File.WriteAllLines(Path.Combine(_folder.FullName, name), File.ReadLines(Path.Combine(data, name)).Take(rows + 1));
        DecoderFolder.Write(Path.Combine(_folder.FullName, "models", "llm"), TokenizerFamily.Llama3, shape => shape with { Attention = 6 });

        string[] commands = [.. blocks.Single(block => block.StartsWith("llkd ", StringComparison.Ordinal)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('#')[0].Trim())];
        Assert.Equal(6, commands.Length);
        Dictionary<string, Ended> ended = commands.ToDictionary(command => command, command => LlkdProcess.Run(_folder.FullName, command["llkd ".Length..].Split(' ')).Succeeds());
        Assert.Contains("<|start_header_id|>assistant<|end_header_id|>", ended[commands[0]].Output, StringComparison.Ordinal);
        Assert.Matches(@"time +about", ended[commands[2]].Output);
        Assert.Equal(201 + 20, File.ReadLines(Path.Combine(_folder.FullName, "first.csv")).Count());
        using JsonDocument metrics = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder.FullName, "runs", "emotions", "metrics.json")));
        JsonElement root = metrics.RootElement;
        Assert.InRange(root.GetProperty("teacher").GetProperty("accuracy").GetDouble(), 0, 1);
        Assert.InRange(root.GetProperty("calibration").GetProperty("eceBefore").GetDouble(), 0, 1);
        Assert.InRange(root.GetProperty("test").GetProperty("accuracy").GetDouble(), 0, 1);
    }

    private static string? Above(string relative)
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, relative))) return Path.Combine(at.FullName, relative);
        return null;
    }

    private static string Skip(string what)
    {
        Assert.Skip($"{what} is not to be found above the tests.");
        return "";
    }

    [GeneratedRegex(@"^```\w*\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();
}
