using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Llkd.Cli.Comparison;
using Llkd.Cli.Pipeline;
using Llkd.Cli.Terminal;
using Llkd.Reports.Comparison;
using Llkd.Runs;

namespace Llkd.Cli.Commands;

/// <summary>`llkd compare`: methods against each other on the same pseudo-labels, over data sets and seeds.</summary>
internal static class CompareCommand
{
    public static Command Create(Screen screen)
    {
        var command = new Command("compare", "Compare selection methods on the same pseudo-labels, over data sets and seeds.");
        var tasks = new Argument<string[]>("task") { Description = "Task files (YAML), one a data set.", Arity = ArgumentArity.OneOrMore };
        var methods = new Option<string?>("--methods")
        {
            Description = "Methods with commas between them, with options as in llkd:momentum=0.5; or `paper`, `all`, `ablation`.",
            HelpName = "a,b,c",
        };
        var seeds = new Option<int>("--seeds") { Description = "Number of seeds, from 1 on.", DefaultValueFactory = _ => 5 };
        var study = new Option<string?>("--study") { Description = "Make a study instead: ablation, sensitivity, few-labels or teacher.", HelpName = "kind" };
        var vary = new Option<string[]>("--vary")
        {
            Description = "sensitivity: values of one key of the task file, as in --vary training.batchSize=16,32,64; may be repeated.",
            AllowMultipleArgumentsPerToken = false,
            HelpName = "key.path=a,b,c",
        };
        var labels = new Option<string?>("--labels") { Description = "few-labels: numbers of gold labels, as in 10,50,100.", HelpName = "a,b,c" };
        var set = new Option<string[]>("--set")
        {
            Description = "Overrides one value of every task file; may be repeated.",
            AllowMultipleArgumentsPerToken = false,
            HelpName = "key.path=value",
        };
        var jobs = new Option<int>("--jobs") { Description = "Cells side by side; default: as many as the processors bear." };
        var threads = new Option<int>("--threads")
        {
            Description = "Threads of one cell; the figures of a transformer depend on it.",
            DefaultValueFactory = _ => 1,
        };
        var output = new Option<string?>("--output", "-o") { Description = "Folder of the comparison; default runs/comparison.", HelpName = "folder" };
        command.Arguments.Add(tasks);
        foreach (Option option in new Option[] { methods, seeds, study, vary, labels, set, jobs, threads, output }) command.Options.Add(option);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            RequirePositive(parsed.GetValue(seeds), "--seeds");
            RequirePositive(parsed.GetValue(threads), "--threads");
            int side = parsed.GetValue(jobs);
            if (side < 0) throw new InputException("--jobs is the number of cells side by side; give 1 or more.");
            if (side == 0) side = Math.Max(1, Environment.ProcessorCount / parsed.GetValue(threads));
            var plan = new ComparisonPlan(
                parsed.GetRequiredValue(tasks), parsed.GetValue(set) ?? [],
                Study.Rows(parsed.GetValue(study), parsed.GetValue(methods), parsed.GetValue(vary) ?? [], parsed.GetValue(labels)),
                [.. Enumerable.Range(1, parsed.GetValue(seeds))], parsed.GetValue(threads), parsed.GetValue(study));
            plan.Check();
            return await RunAsync(plan, parsed.GetValue(output) ?? Path.Combine("runs", "comparison"), side, screen, cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    private static void RequirePositive(int value, string option)
    {
        if (value < 1) throw new InputException($"{option} {value.ToString(CultureInfo.InvariantCulture)}: give 1 or more.");
    }

    private static async Task<int> RunAsync(ComparisonPlan plan, string output, int jobs, Screen screen, CancellationToken cancellationToken)
    {
        output = Path.GetFullPath(output);
        using ComparisonFolder folder = ComparisonFolder.Open(output);
        using var prepared = new PreparedTasks(plan, folder);
        await prepared.PrepareAsync(screen, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<ComparisonDataSet> dataSets = prepared.Descriptions;
        var board = new ComparisonBoard([.. dataSets.Select(dataSet => dataSet.Name)], plan.Specs, plan.Seeds.Count, TimeProvider.System);
        using var comparer = new Comparer(plan, prepared.Find, new CellStore(folder.Cells), jobs, board, cancellationToken);
        IReadOnlyList<ComparisonCell> cells = await screen.BoardAsync("comparing", "cells", board, comparer.RunAsync).ConfigureAwait(false);
        var record = new ComparisonRecord
        {
            ProductVersion = EvaluateStage.ProductVersion,
            Finished = DateTimeOffset.UtcNow,
            Machine = string.Create(CultureInfo.InvariantCulture,
                $"{Environment.ProcessorCount} processors, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}"),
            ThreadsPerCell = plan.ThreadsPerCell,
            Study = plan.Study,
            Seeds = plan.Seeds,
            DataSets = dataSets,
            Methods = [.. plan.Specs.Select(spec => new ComparisonMethod { Key = spec.Key, Published = spec.Published, Role = spec.Role, Varied = spec.Varied })],
            Cells = cells,
            Planned = comparer.Planned,
        };
        ComparisonReport.Write(record, output);
        cancellationToken.ThrowIfCancellationRequested();
        ComparisonTable.Write(record, screen.Output);
        await screen.Output.WriteLineAsync($"Tables and figures: {folder.Html}").ConfigureAwait(false);
        ComparisonCell[] failed = [.. cells.Where(cell => cell.Failure is not null)];
        foreach (var group in failed.GroupBy(cell => (cell.DataSet, cell.Method, cell.Failure)))
            screen.Warn($"{group.Key.DataSet}, {group.Key.Method}, seed {string.Join(", ", group.Select(cell => cell.Seed))}: {group.Key.Failure}");
        return failed.Length == 0 ? ExitCode.Done : ExitCode.RunFailed;
    }
}
