using System.Text.Json;
using Llkd.Cli.Terminal;
using Llkd.Documents;
using Llkd.Runs;
using Llkd.Tasks;
using Llkd.Teachers;
using Llkd.Teachers.Planning;

namespace Llkd.Cli.Pipeline;

/// <summary>Which texts are labelled.</summary>
/// <param name="Limit">So many texts of the pool that have no label yet; null: all.</param>
/// <param name="OnlyFailed">Only texts that the teacher failed on.</param>
internal sealed record LabelScope(int? Limit = null, bool OnlyFailed = false)
{
    /// <summary>Whether something may be left out.</summary>
    public bool IsPart => Limit is not null || OnlyFailed;
}

/// <summary>What teachers that cost money need: plans, calibration, the account.</summary>
internal sealed partial class LabelStage
{
    /// <summary>The teacher, where it is a language model.</summary>
    public LanguageModelTeacher? LanguageModel => _teacher as LanguageModelTeacher;

    /// <summary>All texts that `llkd label` has labelled: pool, test set, and the validation texts for the calibration.</summary>
    public IReadOnlyList<Document> Documents(LabelScope? scope = null)
    {
        IReadOnlyList<Document> all = new DocumentSequence(Data.Pool, _task.Teacher.LabelTest ? Data.Test : [], CalibrationTexts());
        if (scope is not { IsPart: true }) return all;
        if (scope.OnlyFailed)
        {
            HashSet<DocumentKey> failed = _journal.Failed(Fingerprint);
            IReadOnlyList<Document> whole = all;
            all = whole.Where(i => failed.Contains(whole.KeyAt(i)));
        }
        else
        {
            HashSet<DocumentKey> labelled = _journal.Labelled(Fingerprint);
            var seen = new KeyIndex(Data.Pool.KeyAt);
            all = Data.Pool.Where(i => !labelled.Contains(Data.Pool.KeyAt(i)) && seen.TryAdd(i, out _));
        }
        return scope.Limit is { } limit ? [.. all.Take(limit)] : all;
    }

    /// <summary>What labelling the rest will take; null for teachers that cost nothing.</summary>
    public LabellingPlan? Plan() => LanguageModel is { } model ? LabellingPlanner.Make(model, Documents(), _journal, _task.Teacher.Price) : null;

    /// <summary>Keeps a plan for the report, if it is the first.</summary>
    public void KeepFirst(LabellingPlan plan)
    {
        if (_journal.Plan(Fingerprint) is not null) return;
        JournalSpending before = plan.Before;
        long prompt = plan.PromptTokens + before.PromptTokens, completion = plan.CompletionTokens + before.CompletionTokens;
        _journal.SavePlan(Fingerprint, JsonSerializer.Serialize(new PlanRecord(
            plan.Texts, plan.Calls + before.Calls, prompt, completion, LabellingPlanner.Cost(_task.Teacher.Price, prompt, completion),
            plan.Seconds is { } seconds ? seconds + before.Seconds : null)));
    }

    /// <summary>Labels a few texts for real, so that a plan has something to go by.</summary>
    public async Task ProbeAsync(int texts, CancellationToken cancellationToken)
    {
        LanguageModelFactory.RequireKey(_task.Teacher);
        HashSet<DocumentKey> labelled = _journal.Labelled(Fingerprint);
        Document[] few = [.. Data.Pool.AsEnumerable().Where(d => !labelled.Contains(d.Key)).OrderBy(d => d.Key.High).ThenBy(d => d.Key.Low).Take(texts)];
        LanguageModel?.Prepare();
        await Labelling.RunAsync(_teacher, few, _journal, cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    private void Prepare(IReadOnlyList<Document> documents)
    {
        if (LanguageModel is null) return;
        HashSet<DocumentKey> labelled = _journal.Labelled(Fingerprint);
        if (Enumerable.Range(0, documents.Count).Any(i => !labelled.Contains(documents.KeyAt(i))))
        {
            LanguageModelFactory.RequireKey(_task.Teacher);
            LanguageModel.Prepare();
        }
        if (_journal.Plan(Fingerprint) is null && Plan() is { } plan) KeepFirst(plan);
    }

    private string Spent(LabellingProgress progress)
    {
        if (progress.PromptTokens + progress.CompletionTokens == 0) return "";
        string tokens = FormattableString.Invariant($"{progress.PromptTokens + progress.CompletionTokens:N0} tokens");
        return LabellingPlanner.Cost(_task.Teacher.Price, progress.PromptTokens, progress.CompletionTokens) is { } cost
            ? FormattableString.Invariant($"{tokens}, cost {cost:0.00##}") : tokens;
    }

    /// <summary>Validation texts that are no examples, up to the number the task asks for, in an order that chance has made once.</summary>
    private Document[] CalibrationTexts()
    {
        int most = _task.Teacher.Calibration ?? (_task.Teacher.Kind is TeacherKind.Openai or TeacherKind.Onnx ? 500 : 0);
        if (most == 0) return [];
        // A language model that chooses the nearest examples never sees a text as its own example.
        HashSet<DocumentKey> shown = LanguageModel is { Prompts.Nearest: > 0 } ? [] : [.. Data.Examples.Select(document => document.Key)];
        HashSet<DocumentKey> test = [.. Data.Test.Select(document => document.Key)];
        return
        [
            .. Data.Validation.Where(document => !shown.Contains(document.Key) && !test.Contains(document.Key)).DistinctBy(document => document.Key)
                .OrderBy(document => document.Key.High).ThenBy(document => document.Key.Low).Take(most),
        ];
    }

    /// <summary>Fits the temperature anew from what the journal holds.</summary>
    private void Calibrate(Screen screen)
    {
        Document[] texts = CalibrationTexts();
        if (texts.Length == 0)
        {
            _journal.SaveCalibration(Fingerprint, null);
            return;
        }
        CollectedLabels answers = Labelling.Collect(_journal, Fingerprint, texts, _task.Labels.Count, calibrated: false);
        float[] distributions = answers.Compact(out int[] kept).Distributions.ToArray();
        TeacherCalibration? calibration = TeacherCalibration.Fit(distributions, [.. kept.Select(i => texts[i].Label)]);
        _journal.SaveCalibration(Fingerprint, calibration);
        if (calibration is { } c)
            screen.Note(FormattableString.Invariant(
                $"  the teacher's confidence is calibrated on {c.Texts:N0} validation texts: temperature {c.Temperature:0.00}, calibration error {c.EceBefore:P1} before, {c.EceAfter:P1} after"));
    }

    private static long CountCut(IReadOnlyDictionary<string, long> evidence) =>
        evidence.Where(pair => pair.Key.EndsWith(LanguageModelTeacher.CutEvidence, StringComparison.Ordinal)).Sum(pair => pair.Value);

    private void WarnOfCut(Screen screen)
    {
        if (LanguageModel?.LongestPrompt is not { } longest || CountCut(_journal.LabelsByEvidence(Fingerprint)) is not (> 0 and var cut)) return;
        screen.Warn(FormattableString.Invariant($"{cut:N0} texts were too long for the model's {longest:N0} tokens with the prompt; the end of each was left out"));
    }

    private LanguageModelRecord? LanguageModelRecord(JournalSpending spent)
    {
        if (LanguageModel is null) return null;
        IReadOnlyDictionary<string, long> evidence = _journal.LabelsByEvidence(Fingerprint);
        (double Mean, double Largest)? unseen = _journal.Unseen(Fingerprint);
        return new LanguageModelRecord
        {
            Refused = spent.Refused,
            Local = LanguageModel.LongestPrompt is not null,
            Lost = spent.Lost,
            Failed = _journal.CountFailed(Fingerprint),
            Cost = LabellingPlanner.Cost(_task.Teacher.Price, spent.PromptTokens, spent.CompletionTokens),
            FromLogProbabilities = evidence.GetValueOrDefault("log-probabilities"),
            FromSamples = evidence.Where(pair => pair.Key.StartsWith("agreement", StringComparison.Ordinal)).Sum(pair => pair.Value),
            FromScores = evidence.Where(pair => pair.Key.StartsWith(LanguageModelTeacher.ScoreEvidence, StringComparison.Ordinal)).Sum(pair => pair.Value),
            Cut = CountCut(evidence),
            UnseenMean = unseen?.Mean,
            UnseenLargest = unseen?.Largest,
            Plan = _journal.Plan(Fingerprint) is { } plan ? JsonSerializer.Deserialize<PlanRecord>(plan) : null,
        };
    }
}
