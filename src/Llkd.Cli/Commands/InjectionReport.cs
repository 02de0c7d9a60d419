using Llkd.Cli.Pipeline;
using Llkd.Cli.Terminal;
using Llkd.Tasks;
using Llkd.Teachers;
using Llkd.Teachers.Planning;

namespace Llkd.Cli.Commands;

/// <summary>`llkd label --injection-probe`: how often an order inside a text changes its label.</summary>
internal static class InjectionReport
{
    public static async Task RunAsync(
        DistillationTask task, RunFolder folder, LabelStage labels, int texts, Screen screen, CancellationToken cancellationToken)
    {
        if (labels.LanguageModel is not { } teacher)
            throw new InputException($"--injection-probe serves teachers that read texts as a language model does; `teacher.kind` is {task.Teacher.Kind.ToString().ToLowerInvariant()}.");
        LanguageModelFactory.RequireKey(task.Teacher);
        var probe = new InjectionProbe(teacher, labels.Data.Pool, texts, task.Teacher.Seed);
        // A journal of its own: the probe's texts are no part of the pool, and its cost is no part of the labelling's.
        using LabelJournal journal = LabelJournal.Open(
            Path.Combine(folder.Root, "injection.db"), task.Name, [.. task.Labels.Select(label => label.Name)]);
        IReadOnlyList<InjectionResult> results = await screen.ProgressAsync("probing", "texts", line => probe.RunAsync(
            journal, new DirectProgress<LabellingProgress>(p => line.Report(p.Done, p.Total)), cancellationToken)).ConfigureAwait(false);
        screen.Output.WriteLine("   obeyed  changed  order in the text");
        foreach (InjectionResult result in results) Line(result.Obeyed, result.Changed, result.Texts, result.Wording.ReplaceLineEndings(" / "));
        Line(results.Sum(r => r.Obeyed), results.Sum(r => r.Changed), results.Sum(r => r.Texts), "all");
        screen.Note("obeyed: the text got the label it ordered; changed: it got another label than without the order.");

        void Line(int obeyed, int changed, int count, string wording) => screen.Output.WriteLine(count == 0
            ? $"        –        –  {wording}"
            : FormattableString.Invariant($"{(double)obeyed / count,9:P1}{(double)changed / count,9:P1}  {wording}"));
    }
}
