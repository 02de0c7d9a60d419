using System.CommandLine;
using Llkd.Cli.Pipeline;
using Llkd.Cli.Terminal;
using Llkd.Documents;
using Llkd.Tasks;

namespace Llkd.Cli.Commands;

/// <summary>`llkd label`: ask the teacher about what the journal does not hold yet; export what it holds.</summary>
internal static class LabelCommand
{
    public static Command Create(Screen screen)
    {
        var command = new Command("label", "Let the teacher label the pool, into the run's journal.");
        var arguments = new TaskArguments(command, trains: false);
        var export = new Option<string?>("--export")
        {
            Description = "Also write the labels to a table (.csv, .tsv, .jsonl, .parquet): id, text, label, confidence, p_<label>.",
            HelpName = "file",
        };
        var limit = new Option<int?>("--limit") { Description = "Label so many texts of the pool that have no label yet, and no more.", HelpName = "texts" };
        var onlyFailed = new Option<bool>("--only-failed") { Description = "Ask only about texts that the teacher failed on." };
        var show = new Option<int?>("--show-prompt") { Description = "Print the prompts of the first texts of the pool and ask nothing.", HelpName = "texts" };
        var plan = new Option<bool>("--plan") { Description = "Say what labelling will take (calls, tokens, price, time) and ask nothing." };
        var live = new Option<int?>("--live") { Description = "With --plan: label so many texts first, so that the plan rests on real counts.", HelpName = "texts" };
        var probe = new Option<int?>("--injection-probe")
        {
            Description = "Measure on so many texts of the pool (each costs eleven answers) whether orders in a text change its label.",
            HelpName = "texts",
        };
        foreach (Option<int?> number in new[] { limit, show, live, probe })
            number.Validators.Add(result => { if (result.GetValue(number) is < 1) result.AddError($"{number.Name} takes a number of texts from 1."); });
        foreach (Option option in new Option[] { export, limit, onlyFailed, show, plan, live, probe }) command.Options.Add(option);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(show) is { } prompts)
            {
                PromptPrinter.Print(arguments.Load(parsed), prompts, screen);
                return ExitCode.Done;
            }
            // Before the teacher is asked and paid.
            if (parsed.GetValue(export) is { } file) TableWriter.RequireWritable(file);
            (DistillationTask task, RunFolder folder) = arguments.Open(parsed);
            using (folder)
            {
                using LabelStage labels = LabelStage.Open(task, folder, screen);
                Overview.Show(task, labels, screen);
                if (parsed.GetValue(probe) is { } texts)
                {
                    await InjectionReport.RunAsync(task, folder, labels, texts, screen, cancellationToken).ConfigureAwait(false);
                    return ExitCode.Done;
                }
                if (parsed.GetValue(plan))
                {
                    await PlanReport.RunAsync(task, labels, parsed.GetValue(live) ?? 0, screen, cancellationToken).ConfigureAwait(false);
                    return ExitCode.Done;
                }
                var scope = new LabelScope(parsed.GetValue(limit), parsed.GetValue(onlyFailed));
                Overview.Show(await labels.RunAsync(screen, cancellationToken, scope).ConfigureAwait(false), screen);
                folder.Adopt(task);
                if (parsed.GetValue(export) is { } path) Export(task, labels, path, scope.IsPart, screen);
            }
            return ExitCode.Done;
        });
        return command;
    }

    private static void Export(DistillationTask task, LabelStage labels, string path, bool partial, Screen screen)
    {
        LabelledPool pool = labels.Collect(partial);
        TableColumn[] columns =
        [
            new("id"), new("text"), new("label"), new("confidence", TableColumnKind.Number),
            .. task.Labels.Select(label => new TableColumn("p_" + label.Name, TableColumnKind.Number)),
        ];
        using TableWriter writer = TableWriter.Create(path, columns);
        var cells = new TableCell[columns.Length];
        for (int i = 0; i < pool.Documents.Count; i++)
        {
            Document document = pool.Documents[i];
            cells[0] = TableCell.Of(document.Id);
            cells[1] = TableCell.Of(document.Text);
            cells[2] = TableCell.Of(task.Labels[pool.Labels.Labels[i]].Name);
            cells[3] = TableCell.Of(pool.Labels.Confidences[i]);
            ReadOnlySpan<float> q = pool.Labels.Distribution(i);
            for (int k = 0; k < q.Length; k++) cells[4 + k] = TableCell.Of(q[k]);
            writer.Write(cells);
        }
        writer.Complete();
        screen.Note(FormattableString.Invariant($"Wrote {pool.Documents.Count:N0} labels to {path}."));
    }
}
