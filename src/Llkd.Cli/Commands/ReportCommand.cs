using System.CommandLine;
using Llkd.Cli.Pipeline;
using Llkd.Cli.Terminal;
using Llkd.Reports;

namespace Llkd.Cli.Commands;

/// <summary>`llkd report`: write report.html again from run.json.</summary>
internal static class ReportCommand
{
    public static Command Create(Screen screen)
    {
        var command = new Command("report", "Write the report of an evaluated run again.");
        var run = new Argument<string>("folder") { Description = "The run's folder (its --output)." };
        command.Arguments.Add(run);
        command.SetAction(async (parsed, _) =>
        {
            RunFolder folder = RunFolder.Reopen(parsed.GetRequiredValue(run)).Folder;
            using (folder)
            {
                HtmlReport.Write(RunFile.Load(folder.RunRecord), folder.Report);
                await screen.Output.WriteLineAsync($"Report: {folder.Report}").ConfigureAwait(false);
            }
            return ExitCode.Done;
        });
        return command;
    }
}
