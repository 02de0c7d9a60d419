using System.Globalization;
using System.Text.RegularExpressions;
using Llkd.Cli.Tests.Support;

namespace Llkd.Cli.Tests.Contract;

/// <summary>The commands that the README and docs/ show are run as they stand.</summary>
public sealed partial class DocumentationTests
{
    private const string Run = "dotnet run -c Release --project src/Llkd.Cli -- ";

    /// <summary>Commands that need minutes, or that run the tests themselves: only the files they name are looked for.</summary>
    private static readonly string[] NotRun = ["dotnet test", "dotnet publish ", "dotnet run -c Release bench/", "dotnet run -c Release --project bench/"];

    [Fact]
    public void Every_command_of_the_documentation_works()
    {
        string root = Root();
        using var results = new Folder();
        foreach (string page in Pages(root))
        {
            foreach (string command in Commands(page))
            {
                // Measurements on data that stands beside the checkout take minutes to hours.
                bool measures = command.Contains(" bench/tasks/", StringComparison.Ordinal);
                if (command.StartsWith(Run, StringComparison.Ordinal) && !measures)
                {
                    string[] arguments = [.. command[Run.Length..].Split(' ').Select(argument => argument.Replace("runs/", results.Path + "/", StringComparison.Ordinal))];
                    Ended ended = LlkdProcess.Run(root, arguments);
                    Assert.True(ended.Status == 0, $"{Path.GetFileName(page)}: `{command}` ended with {ended.Status}.\n{ended.Error}");
                    continue;
                }
                Assert.True(measures || NotRun.Any(known => command.StartsWith(known, StringComparison.Ordinal)), $"{Path.GetFileName(page)}: nobody runs `{command}`.");
                foreach (Match path in RepositoryPath().Matches(command))
                    Assert.True(Path.Exists(Path.Combine(root, path.Value)), $"{Path.GetFileName(page)}: `{command}` names {path.Value}, which is not there.");
            }
        }
    }

    [Fact]
    public void Links_between_the_pages_lead_somewhere()
    {
        foreach (string page in Pages(Root()))
        {
            foreach (Match link in Link().Matches(File.ReadAllText(page)))
            {
                string target = link.Groups[1].Value.Split('#')[0];
                if (target.Length == 0 || target.Contains("://", StringComparison.Ordinal)) continue;
                Assert.True(Path.Exists(Path.Combine(Path.GetDirectoryName(page)!, target)), $"{Path.GetFileName(page)} links to {target}, which is not there.");
            }
        }
    }

    [Fact]
    public void The_Chinese_README_is_in_step_with_the_English_one()
    {
        string root = Root();
        string english = Path.Combine(root, "README.md"), chinese = Path.Combine(root, "README.zh-CN.md");
        Assert.Equal(Blocks(english), Blocks(chinese));
        Assert.Equal(Targets(english), Targets(chinese));
        Assert.Equal(
            File.ReadLines(english).Count(line => line.StartsWith('#')), File.ReadLines(chinese).Count(line => line.StartsWith('#')));

        static string[] Targets(string page) =>
            [.. Link().Matches(File.ReadAllText(page)).Select(link => link.Groups[1].Value).Where(target => !target.StartsWith("README", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public void The_README_shows_the_table_that_its_command_prints()
    {
        string root = Root();
        using var results = new Folder();
        Ended ended = LlkdProcess.Run(root, "run", "samples/helpdesk/task.yaml", "--output", Path.Combine(results.Path, "helpdesk")).Succeeds();
        string shown = Blocks(Path.Combine(root, "README.md")).Single(block => block.Contains("accuracy", StringComparison.Ordinal));
        (string Name, double Score)[] expected = Scores(shown), actual = Scores(ended.Output);
        Assert.Equal(expected.Select(row => row.Name), actual.Select(row => row.Name));
        // The same seed, but the last bits of exp and log are the C library's own.
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First.Score, pair.Second.Score, 0.02));

        static (string, double)[] Scores(string table) =>
            [.. table.Split('\n').Select(line => Score().Match(line)).Where(row => row.Success)
                .Select(row => (row.Groups[1].Value.Trim(), double.Parse(row.Groups[2].Value, CultureInfo.InvariantCulture)))];
    }

    private static IEnumerable<string> Pages(string root) =>
        [Path.Combine(root, "README.md"), Path.Combine(root, "README.zh-CN.md"), .. Directory.GetFiles(Path.Combine(root, "docs"), "*.md").Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Commands(string page) => Fence().Matches(File.ReadAllText(page))
        .Where(block => block.Groups[1].Value == "bash")
        .SelectMany(block => block.Groups[2].Value.Replace("\\\n", "", StringComparison.Ordinal).Split('\n'))
        .Select(line => Spaces().Replace(line.Trim(), " ")).Where(line => line.Length > 0 && line[0] != '#');

    private static string[] Blocks(string page) => [.. Fence().Matches(File.ReadAllText(page)).Select(block => block.Groups[2].Value)];

    private static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Llkd.slnx"))) folder = folder.Parent;
        if (folder is null) Assert.Skip("The tests do not run inside the repository, so its documentation is not to be found.");
        return folder.FullName;
    }

    [GeneratedRegex(@"^```(\w*)\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\b(?:src|bench|samples|docs)/[\w./-]*\w")]
    private static partial Regex RepositoryPath();

    [GeneratedRegex(@"^(.+?) +(\d\.\d{3}) +\d\.\d{3}")]
    private static partial Regex Score();

    [GeneratedRegex(" +")]
    private static partial Regex Spaces();

    private sealed class Folder : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llkd-docs-");
        public string Path => _folder.FullName;
        public void Dispose() => _folder.Delete(recursive: true);
    }
}
