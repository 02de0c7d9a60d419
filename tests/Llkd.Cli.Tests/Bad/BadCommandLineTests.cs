using Llkd.Cli.Tests.Support;

namespace Llkd.Cli.Tests.Bad;

/// <summary>Command lines and task files that are wrong: exit status 2, and what would be right.</summary>
public sealed class BadCommandLineTests : IDisposable
{
    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void A_tab_in_the_task_file_is_named_with_its_line()
    {
        _place.Write("task.yaml", "name: small\nlabels:\n\t- a\n\t- b\n");
        _place.Run().Says(2, "task.yaml", "line 3", "tab");
    }

    [Fact]
    public void An_unknown_key_is_named_with_the_nearest()
    {
        File.AppendAllText(_place["task.yaml"], "trainning: { epochs: 3 }\n");
        _place.Run().Says(2, "task.yaml", "trainning", "`training`");
    }

    [Fact]
    public void A_missing_key_is_named()
    {
        _place.Write("task.yaml", "name: small\nlabels: [a, b]\n");
        _place.Run().Says(2, "task.yaml", "`data.pool`");
    }

    [Fact]
    public void A_missing_task_file_is_named() => _place.Llkd("run", "nowhere.yaml").Says(2, "nowhere.yaml");

    [Theory]
    [InlineData("rum")]
    [InlineData("--nonsense")]
    [InlineData("run task.yaml --outptu out")]
    [InlineData("run")]
    [InlineData("run task.yaml extra")]
    [InlineData("predict")]
    [InlineData("")]
    public void A_command_line_that_is_wrong_ends_with_2_and_points_to_the_help(string arguments) =>
        _place.Llkd(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Says(2, "error:", "--help");

    [Theory]
    [InlineData("training.method=lkkd", "llkd")]
    [InlineData("training.baselines=[no-sd]", "no-ds")]
    [InlineData("training.options={momentun: 0.5}", "`momentum`")]
    [InlineData("training.options={momentum: 1.5}", "momentum")]
    public void A_method_or_option_that_is_unknown_is_refused_before_labelling_with_the_nearest(string set, string nearest)
    {
        foreach (string verb in new[] { "run", "label", "train" })
        {
            Ended ended = _place.Llkd(verb, "task.yaml", "--output", "out", "--set", set).Says(2, nearest);
            Assert.DoesNotContain("labelling:", ended.Error, StringComparison.Ordinal);
            Assert.False(File.Exists(_place["out/labels.db"]));
        }
    }

    [Fact]
    public void An_override_that_is_no_assignment_is_named() => _place.Run("--set", "training.seed").Says(2, "training.seed");

    [Fact]
    public void A_dangling_option_value_is_refused() => _place.Llkd("run", "task.yaml", "--output").Says(2, "--output");

    [Theory]
    [InlineData("evaluate")]
    [InlineData("report")]
    public void A_folder_without_a_run_is_named(string verb) => _place.Llkd(verb, _place.Folder).Says(2, _place.Folder, "no run");

    [Fact]
    public void A_run_that_was_never_trained_cannot_be_evaluated()
    {
        _place.Llkd("label", "task.yaml", "--output", "out").Succeeds();
        _place.Llkd("evaluate", "out").Says(2, "llkd train");
    }

    [Fact]
    public void A_run_that_was_never_evaluated_has_no_report()
    {
        _place.Llkd("label", "task.yaml", "--output", "out").Succeeds();
        _place.Llkd("report", "out").Says(2, "run.json");
    }
}
