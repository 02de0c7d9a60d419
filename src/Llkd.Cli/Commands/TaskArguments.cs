using System.CommandLine;
using Llkd.Cli.Pipeline;
using Llkd.Selection;
using Llkd.Tasks;

namespace Llkd.Cli.Commands;

/// <summary>What the verbs that take a task file share: the file, `--set`, `--output`, `--restart`.</summary>
internal sealed class TaskArguments
{
    private readonly Argument<string> _task = new("task") { Description = "Task file (YAML); see docs/tasks.md." };
    private readonly Option<string[]> _set = new("--set")
    {
        Description = "Overrides one value of the task file, as in --set training.seed=2; may be repeated.",
        AllowMultipleArgumentsPerToken = false,
        HelpName = "key.path=value",
    };
    private readonly Option<string?> _output = new("--output", "-o")
    {
        Description = "Folder of the run; default runs/<task name>.",
        HelpName = "folder",
    };
    private readonly Option<bool> _restart = new("--restart")
    {
        Description = "Train from the beginning although there are checkpoints; labels are kept.",
    };

    public TaskArguments(Command command, bool trains = true)
    {
        command.Arguments.Add(_task);
        command.Options.Add(_set);
        command.Options.Add(_output);
        if (trains) command.Options.Add(_restart);
    }

    /// <summary>Loads the task and opens the run's folder.</summary>
    public (DistillationTask Task, RunFolder Folder) Open(ParseResult parsed)
    {
        DistillationTask task = Load(parsed);
        string output = parsed.GetValue(_output) ?? Path.Combine("runs", task.Name);
        return (task, RunFolder.Open(task, output));
    }

    /// <summary>Loads the task only.</summary>
    public DistillationTask Load(ParseResult parsed)
    {
        DistillationTask task = TaskFile.Load(parsed.GetRequiredValue(_task), parsed.GetValue(_set) ?? []);
        RequireMethods(task);
        return task;
    }

    /// <summary>Methods and options are known only to their registry, so the task file's reader cannot check them; a teacher must not be paid before.</summary>
    private static void RequireMethods(DistillationTask task)
    {
        TrainingOptions training = task.Training;
        foreach (string baseline in training.Baselines) SelectionMethods.Create(baseline, OptionMap.Empty, task.Labels.Count, training.Seed);
        SelectionMethods.Create(training.Method, training.Options, task.Labels.Count, training.Seed);
    }

    public bool Restart(ParseResult parsed) => parsed.GetValue(_restart);
}
