using System.CommandLine;
using Llkd.Cli.Pipeline;
using Llkd.Cli.Terminal;
using Llkd.Documents;
using Llkd.Tasks;

namespace Llkd.Cli.Commands;

/// <summary>`llkd evaluate`: measure the trained models of a run's folder again, or check a task's data before there is a run.</summary>
internal static class EvaluateCommand
{
    public static Command Create(Screen screen)
    {
        var command = new Command("evaluate", "Measure a run's trained student, and write metrics.json and the report; or check a task's data.");
        var run = new Argument<string?>("folder") { Description = "The run's folder (its --output).", Arity = ArgumentArity.ZeroOrOne };
        var check = new Option<string?>("--check-data")
        {
            Description = "Reads every file of this task instead, and says what is in them and what is wrong.",
            HelpName = "task",
        };
        var set = new Option<string[]>("--set")
        {
            Description = "With --check-data: overrides one value of the task file, as in --set data.pool=other.csv; may be repeated.",
            AllowMultipleArgumentsPerToken = false,
            HelpName = "key.path=value",
        };
        command.Arguments.Add(run);
        command.Options.Add(check);
        command.Options.Add(set);
        command.Validators.Add(result =>
        {
            bool checks = result.GetResult(check) is not null;
            if (result.GetResult(run)?.Tokens.Count > 0 == checks)
                result.AddError(checks ? "Name a run's folder or --check-data with a task file, not both." : "Name a run's folder, or --check-data with a task file.");
            else if (!checks && result.GetResult(set) is not null)
                result.AddError("--set goes with --check-data; a run keeps the task it was trained with.");
        });
        command.SetAction(async (parsed, _) => parsed.GetValue(check) is { } task
            ? await CheckAsync(TaskFile.Load(task, parsed.GetValue(set) ?? []), screen).ConfigureAwait(false)
            : await MeasureAsync(parsed.GetValue(run)!, screen).ConfigureAwait(false));
        return command;
    }

    private static async Task<int> MeasureAsync(string run, Screen screen)
    {
        (DistillationTask task, RunFolder folder) = RunFolder.Reopen(run);
        using (folder)
        {
            using LabelStage labels = LabelStage.Open(task, folder, screen);
            ResultTable.Write(EvaluateStage.Run(task, folder, labels, labels.Collect(), screen), screen.Output);
            await screen.Output.WriteLineAsync($"Metrics: {folder.Metrics}").ConfigureAwait(false);
        }
        return ExitCode.Done;
    }

    private static async Task<int> CheckAsync(DistillationTask task, Screen screen)
    {
        DataCheckResult found = DataCheck.Run(task);
        foreach (string line in found.Report) await screen.Output.WriteLineAsync(line).ConfigureAwait(false);
        foreach (string problem in found.Problems) screen.Fail(problem);
        if (found.Problems.Count == 0) await screen.Output.WriteLineAsync("All is well.").ConfigureAwait(false);
        return found.Problems.Count == 0 ? ExitCode.Done : ExitCode.InputWrong;
    }
}
