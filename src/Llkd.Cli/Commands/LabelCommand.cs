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
        command.Options.Add(export);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            // Before the teacher is asked and paid.
            if (parsed.GetValue(export) is { } file) TableWriter.RequireWritable(file);
            (DistillationTask task, RunFolder folder) = arguments.Open(parsed);
            using (folder)
            {
                using LabelStage labels = LabelStage.Open(task, folder, screen);
                Overview.Show(task, labels, screen);
                Overview.Show(await labels.RunAsync(screen, cancellationToken).ConfigureAwait(false), screen);
                folder.Adopt(task);
                if (parsed.GetValue(export) is { } path) Export(task, labels, path, screen);
            }
            return ExitCode.Done;
        });
        return command;
    }

    private static void Export(DistillationTask task, LabelStage labels, string path, Screen screen)
    {
        LabelledPool pool = labels.Collect();
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
