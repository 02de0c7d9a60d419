using Llkd.Cli.Pipeline;
using Llkd.Cli.Terminal;
using Llkd.Tasks;
using Llkd.Teachers.Planning;

namespace Llkd.Cli.Commands;

/// <summary>`llkd label --plan`: what labelling will take.</summary>
internal static class PlanReport
{
    public static async Task RunAsync(DistillationTask task, LabelStage labels, int live, Screen screen, CancellationToken cancellationToken)
    {
        if (labels.LanguageModel is not { } teacher)
        {
            screen.Output.WriteLine($"The teacher ({labels.TeacherSummary}) makes no calls and costs nothing.");
            return;
        }
        if (live > 0) await labels.ProbeAsync(live, cancellationToken).ConfigureAwait(false);
        LabellingPlan plan = labels.Plan()!;
        labels.KeepFirst(plan);
        double perText = plan.Calls == 0 ? 0 : (double)plan.PromptTokens / plan.Calls;
        Line("texts", FormattableString.Invariant($"{plan.Texts:N0}, of which the journal has {plan.AlreadyThere:N0} already"));
        Line("calls", FormattableString.Invariant($"{plan.Calls:N0}"));
        Line("tokens read", FormattableString.Invariant($"{plan.PromptTokens:N0} ({perText:N0} a call, {plan.FixedTokens:N0} of them the same for all)"));
        Line("tokens written", FormattableString.Invariant($"{plan.CompletionTokens:N0}"));
        Line("counted", plan.OwnTokens ? "with the model's own tokenizer; it runs here and costs time only" : plan.MeasuredOn > 0
            ? FormattableString.Invariant($"by the endpoint, on {plan.MeasuredOn:N0} texts")
            : "with OpenAI's o200k tokenizer; other models differ, and --live 20 counts with the model's own");
        PriceOptions price = task.Teacher.Price;
        Line("price", plan.Cost is { } cost
            ? FormattableString.Invariant($"{cost:#,0.00##} (a million tokens: {price.Prompt ?? 0:0.####} read, {price.Completion ?? 0:0.####} written)")
            : "not known; set teacher.price {prompt, completion}");
        Line("time", plan.Seconds is { } seconds ? $"about {Duration(seconds)}" : "not known before the first calls; --live 20 makes some");
        // A model that runs here reads the examples once, for all texts together.
        if (!plan.OwnTokens && perText > 0 && plan.FixedTokens > 3 * (perText - plan.FixedTokens) && teacher.Prompts is { ExampleCount: > 0, Nearest: 0 })
            screen.Note(FormattableString.Invariant(
                $"The {teacher.Prompts.ExampleCount} examples are most of every call. A lower teacher.shots, or teacher.nearest, makes calls cheaper."));

        void Line(string name, string value) => screen.Output.WriteLine($"{name,-15} {value}");
    }

    private static string Duration(double seconds)
    {
        TimeSpan time = TimeSpan.FromSeconds(Math.Ceiling(seconds));
        return FormattableString.Invariant($"{(long)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}");
    }
}
