using System.Globalization;
using Llkd.Reports.Html;
using Llkd.Runs;

namespace Llkd.Reports.Sections;

/// <summary>Data, set-up, and how to read the report.</summary>
internal static class SetupSection
{
    public static Markup Render(ReportView view)
    {
        var run = view.Run;
        return Markup.Join([
            ReportView.Section("setup", "Data and set-up", Markup.Of($"""
                <div class="pair"><div><h3>Texts</h3>{Counts(view)}</div>
                <div><h3>Set-up</h3><dl class="facts">
                {Fact("Task", run.Task)}{Fact("Classes", Figure.Count(run.Labels.Count))}{Fact("Teacher", run.Teacher)}{Fact("Student", run.Student)}
                {Fact("Method", run.Method.Name)}{Fact("Seed", run.Method.Seed.ToString(CultureInfo.InvariantCulture))}{Fact("Stopping measure", run.Method.StoppingMeasure)}
                {Fact("Machine", run.Machine)}{Fact("LLKD for .NET", run.ProductVersion)}{Fact("Finished", run.Finished.ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture))}
                {Fact("Labelling", $"{Figure.Count(run.Labelling.Calls)} calls, {Figure.Count(run.Labelling.PromptTokens)} tokens read, {Figure.Count(run.Labelling.CompletionTokens)} written, {Figure.Duration(run.Labelling.Seconds)}")}
                {Fact("Training", $"{Figure.Count(run.Method.Epochs)} epochs, {Figure.Duration(run.Method.TrainSeconds)}; evaluation {Figure.Duration(run.Method.EvaluateSeconds)}")}
                </dl></div></div>
                <h3>Labels</h3><p class="labels">{Markup.Join(run.Labels.Select(label => Markup.Of($"<bdi>{label}</bdi> ")))}</p>

                """)),
            ReportView.Section("reading", "How to read this", Markup.Of($"""
                <p>A large model, the teacher, put a label and a confidence on every text of the pool. A small model, the student, learned from these labels; human labels were used for measuring only, and on the validation set for choosing when to stop. In every batch the method asks two questions of each text: is the teacher sure enough, and is the student still unsure enough? Only texts with two yeses are trained on, which saves training time and keeps out many wrong labels.</p>
                <p>The method is LLKD: Li et al., <cite>Learning with Less: Knowledge Distillation from Large Language Models via Unlabeled Data</cite>, Findings of NAACL 2025, arXiv 2411.08028. The formulas of the two thresholds, and the form of the sample weights, are a reconstruction: the two conditions and their adapting to training status and class are the paper’s; the exact updates follow FreeMatch (arXiv 2205.07246). Baselines follow their own papers.</p>
                <p>All figures of this page stand at full precision in <code>run.json</code> beside it, the main ones in <code>metrics.json</code>. A click on a column’s head sorts a table.</p>

                """)),
        ]);
    }

    private static Markup Counts(ReportView view)
    {
        var data = view.Run.Data;
        return Markup.Of($"""
            <dl class="facts">{Fact("Pool, used for training", Figure.Count(data.Pool))}{Fact("Validation, gold labels", Set(data.Validation))}{Fact("Test, gold labels", Set(data.Test))}
            {Fact("Empty, left out", Figure.Count(data.Empty))}{Fact("Repeated in the pool", Figure.Count(data.Duplicates))}{Fact("Also in validation or test, left out", Figure.Count(data.Leaked))}{Fact("No label from the teacher", Figure.Count(data.Unlabelled))}{Markup.Join(Truncated(data))}</dl>
            """);
    }

    /// <summary>Texts whose end the student never saw.</summary>
    private static IEnumerable<Markup> Truncated(DataRecord data)
    {
        if (data.PoolTruncated is { } pool) yield return Fact("Longer than the student reads, cut: pool", Share(pool));
        if (data.TestTruncated is { } test) yield return Fact("The same in the test set", Share(test));
    }

    private static string Share(double share) => share == 0 ? "none" : share < 0.0005 ? "below 0.1 %" : Figure.Percent(share);

    private static string Set(int count) => count == 0 ? "none" : Figure.Count(count);

    private static Markup Fact(string name, string value) => Markup.Of($"<div><dt>{name}</dt><dd><bdi>{value}</bdi></dd></div>\n");
}
