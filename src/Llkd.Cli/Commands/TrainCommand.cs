using System.CommandLine;
using Llkd.Cli.Pipeline;
using Llkd.Cli.Terminal;
using Llkd.Tasks;

namespace Llkd.Cli.Commands;

/// <summary>`llkd train`: train the student on labels that are there.</summary>
internal static class TrainCommand
{
    public static Command Create(Screen screen)
    {
        var command = new Command("train", "Train the student on the labels of an earlier `llkd label`.");
        var arguments = new TaskArguments(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            (DistillationTask task, RunFolder folder) = arguments.Open(parsed);
            using (folder)
            {
                using LabelStage labels = LabelStage.Open(task, folder, screen);
                TrainingRecord record = await TrainStage.RunAsync(
                    task, labels.Data, labels.CollectForTraining(), folder.Method, folder.Scratch, arguments.Restart(parsed), screen, cancellationToken).ConfigureAwait(false);
                folder.Adopt(task);
                await screen.Output.WriteLineAsync(FormattableString.Invariant(
                    $"Trained {record.Method}: {record.Result.Seen:N0} of {record.Result.Offered:N0} samples used, {record.Result.Seconds:N1} s. Model: {folder.Method.Model}")).ConfigureAwait(false);
            }
            return ExitCode.Done;
        });
        return command;
    }
}
