using System.CommandLine;
using Llkd.Cli.Pipeline;
using Llkd.Cli.Terminal;
using Llkd.Runs;
using Llkd.Tasks;

namespace Llkd.Cli.Commands;

/// <summary>`llkd run`: label, train (with baselines), evaluate, report.</summary>
internal static class RunCommand
{
    public static Command Create(Screen screen)
    {
        var command = new Command("run", "Label the pool, train the student, measure it and write the report.");
        var arguments = new TaskArguments(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            (DistillationTask task, RunFolder folder) = arguments.Open(parsed);
            using (folder)
            {
                using LabelStage labels = LabelStage.Open(task, folder, screen);
                TrainStage.RequireBatch(task, labels.Data);
                Overview.Show(task, labels, screen);
                Overview.Show(await labels.RunAsync(screen, cancellationToken).ConfigureAwait(false), screen);
                LabelledPool pool = labels.CollectForTraining();
                foreach (string baseline in TrainStage.Baselines(task.Training))
                {
                    DistillationTask other = task with
                    {
                        Training = task.Training with { Method = baseline, Options = OptionMap.Empty },
                    };
                    await TrainStage.RunAsync(
                        other, labels.Data, pool, folder.Baseline(baseline), folder.Scratch, arguments.Restart(parsed), screen, cancellationToken).ConfigureAwait(false);
                }
                await TrainStage.RunAsync(
                    task, labels.Data, pool, folder.Method, folder.Scratch, arguments.Restart(parsed), screen, cancellationToken).ConfigureAwait(false);
                folder.Adopt(task);
                RunRecord record = EvaluateStage.Run(task, folder, labels, pool, screen);
                ResultTable.Write(record, screen.Output);
                await screen.Output.WriteLineAsync($"Report: {folder.Report}").ConfigureAwait(false);
                screen.Note($"To label new texts: llkd predict --model {folder.Root} --input FILE");
            }
            return ExitCode.Done;
        });
        return command;
    }
}
