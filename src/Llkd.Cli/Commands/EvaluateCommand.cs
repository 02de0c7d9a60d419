using System.CommandLine;
using Llkd.Cli.Pipeline;
using Llkd.Cli.Terminal;
using Llkd.Tasks;

namespace Llkd.Cli.Commands;

/// <summary>`llkd evaluate`: measure the trained models of a run's folder again.</summary>
internal static class EvaluateCommand
{
    public static Command Create(Screen screen)
    {
        var command = new Command("evaluate", "Measure a run's trained student, and write metrics.json and the report.");
        var run = new Argument<string>("folder") { Description = "The run's folder (its --output)." };
        command.Arguments.Add(run);
        command.SetAction(async (parsed, _) =>
        {
            (DistillationTask task, RunFolder folder) = RunFolder.Reopen(parsed.GetRequiredValue(run));
            using (folder)
            {
                using LabelStage labels = LabelStage.Open(task, folder, screen);
                ResultTable.Write(EvaluateStage.Run(task, folder, labels, labels.Collect(), screen), screen.Output);
                await screen.Output.WriteLineAsync($"Metrics: {folder.Metrics}").ConfigureAwait(false);
            }
            return ExitCode.Done;
        });
        return command;
    }
}
