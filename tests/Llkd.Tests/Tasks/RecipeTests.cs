using Llkd.Selection;
using Llkd.Tasks;

namespace Llkd.Tests.Tasks;

public sealed class RecipeTests
{
    private static string Folder
    {
        get
        {
            DirectoryInfo? root = new(AppContext.BaseDirectory);
            while (root is not null && !File.Exists(Path.Combine(root.FullName, "Llkd.slnx"))) root = root.Parent;
            if (root is null) Assert.Skip("The tests do not run inside the repository, so the recipes are not to be found.");
            return Path.Combine(root!.FullName, "recipes");
        }
    }

    [Theory]
    [InlineData("pubmed-rct-20k", 5)]
    [InlineData("yahoo-answers", 10)]
    [InlineData("emotions", 6)]
    [InlineData("arxiv-10", 10)]
    [InlineData("biosbias", 28)]
    public void A_recipe_is_a_task_with_a_description_for_every_label(string name, int labels)
    {
        DistillationTask task = TaskFile.Load(Path.Combine(Folder, name + ".yaml"));
        Assert.Equal(name, task.Name);
        Assert.Equal(labels, task.Labels.Count);
        Assert.All(task.Labels, label => Assert.False(string.IsNullOrWhiteSpace(label.Description)));
        Assert.NotNull(task.Data.Expected.Pool);
        Assert.Equal((TeacherKind.Openai, 1), (task.Teacher.Kind, task.Teacher.Shots));
        Assert.False(string.IsNullOrWhiteSpace(task.Teacher.Instruction));
        Assert.StartsWith(Path.Combine(Folder, name) + Path.DirectorySeparatorChar, task.PathOf(task.Data.Pool), StringComparison.Ordinal);
        foreach (string method in task.Training.Baselines.Append(task.Training.Method))
            SelectionMethods.Create(method, method == task.Training.Method ? task.Training.Options : OptionMap.Empty, labels, task.Training.Seed);
    }

    [Fact]
    public void Values_that_are_numbers_count_up_from_zero()
    {
        foreach (string name in new[] { "yahoo-answers", "emotions", "biosbias" })
        {
            var labels = TaskFile.Load(Path.Combine(Folder, name + ".yaml")).Labels;
            Assert.Equal(Enumerable.Range(0, labels.Count).Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture)), labels.Select(label => label.Value));
        }
    }

    [Fact]
    public void The_list_names_every_recipe()
    {
        string list = File.ReadAllText(Path.Combine(Folder, "README.md"));
        string[] recipes = [.. Directory.GetFiles(Folder, "*.yaml").Select(path => Path.GetFileName(path)!)];
        Assert.Equal(5, recipes.Length);
        Assert.All(recipes, recipe => Assert.Contains($"| `{recipe}` |", list, StringComparison.Ordinal));
    }
}
