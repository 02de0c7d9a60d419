using Llkd.Selection;
using Llkd.Tasks;
using Llkd.Tests.Documents;

namespace Llkd.Tests.Tasks;

public sealed class TaskDocsTests
{
    /// <summary>Selection methods and their options, as docs/tasks.md lists them.</summary>
    private static readonly (string Methods, Type Options)[] Methods =
        [.. SelectionMethods.All.GroupBy(method => method.Options).Select(group => (string.Join(", ", group.Select(method => method.Name)), group.Key))];

    [Fact]
    public void The_documentation_says_what_the_source_says()
    {
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "Llkd.slnx"))) root = root.Parent;
        if (root is null) Assert.Skip("The tests do not run inside the repository, so docs/tasks.md is not to be found.");
        string path = Path.Combine(root.FullName, "docs", "tasks.md");
        string markdown = TaskDocs.Markdown(Methods);
        if (Environment.GetEnvironmentVariable("LLKD_UPDATE_DOCS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, markdown);
        }
        Assert.True(File.Exists(path), "docs/tasks.md is missing; run the tests with LLKD_UPDATE_DOCS=1.");
        Assert.True(markdown == File.ReadAllText(path), "docs/tasks.md is out of date; run the tests with LLKD_UPDATE_DOCS=1.");
    }

    [Fact]
    public void Every_key_is_documented()
    {
        string markdown = TaskDocs.Markdown([]);
        foreach (string key in TaskKeys.Paths(typeof(DistillationTask)))
            Assert.Contains($"`{key}`", markdown, StringComparison.Ordinal);
        Assert.Contains("| `training.warmup` | number | 0.06 | from 0 to 1 | Share of the steps", markdown, StringComparison.Ordinal);
        Assert.Contains("| `data.pool` | path | required |", markdown, StringComparison.Ordinal);
    }

    [Fact]
    public void Method_options_have_a_section_each()
    {
        string markdown = TaskDocs.Markdown([("one, two", typeof(StudentOptions))]);
        Assert.Contains("### `one`, `two`\n\n| Key |", markdown, StringComparison.Ordinal);
        Assert.Contains("| `training.options.buckets` | whole number | 1048576 | from 16 to 268435456 |", markdown, StringComparison.Ordinal);
    }

    [Fact]
    public void The_example_is_a_task_and_the_overrides_shown_apply_to_it()
    {
        using var folder = new TestFolder();
        string markdown = TaskDocs.Markdown([]);
        Assert.Contains(TaskDocs.Example, markdown, StringComparison.Ordinal);
        string[] overrides =
        [
            .. markdown.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("--set ", StringComparison.Ordinal))
                .Select(line => line["--set ".Length..].Trim('"')),
        ];
        Assert.Equal(4, overrides.Length);
        DistillationTask task = TaskFile.Load(folder.Write("task.yaml", TaskDocs.Example), overrides);
        Assert.Equal(6, task.Labels.Count);
        Assert.Equal((3, "sad and without hope"), (task.Training.Epochs, task.Labels[0].Description));
        Assert.Equal(["no-ds", "random"], task.Training.Baselines);
    }
}
