using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Llkd.Documents;
using Llkd.Labels;
using Llkd.Tasks;
using Llkd.Teachers.Answers;
using Llkd.Teachers.Calls;
using Llkd.Teachers.Models;
using Llkd.Teachers.Prompting;

namespace Llkd.Teachers;

/// <summary>What decides a language model's answers, beside its prompt.</summary>
public sealed record LanguageModelOptions
{
    /// <summary>Where the confidence is read.</summary>
    public ConfidenceSource ConfidenceFrom { get; init; } = ConfidenceSource.Auto;

    /// <summary>Log-probabilities asked for at every token, at least 1.</summary>
    public int TopLogProbabilities { get; init; } = 20;

    /// <summary>Answers drawn where the confidence is their agreement, at least 2.</summary>
    public int Samples { get; init; } = 5;

    /// <summary>Temperature of those answers, above 0.</summary>
    public double SampleTemperature { get; init; } = 1;

    /// <summary>Longest answer in tokens; null: what the longest label needs.</summary>
    public int? MaxTokens { get; init; }
}

/// <summary>
/// A teacher that asks a language model: the confidence is read in the same call as the label, many requests are in
/// flight at once, and every document ends labelled or failed with a named reason.
/// </summary>
public sealed class LanguageModelTeacher : ICallingTeacher, IDisposable
{
    /// <summary>What the evidence of a label that was read from the model's scores begins with.</summary>
    public const string ScoreEvidence = "label scores";

    /// <summary>What the evidence of a label ends with where the end of its text was left out.</summary>
    public const string CutEvidence = ", text cut";

    /// <summary>
    /// Documents that fail in a row before the whole is given up, as something is wrong with more than a text: few where
    /// the endpoint is to blame, many where the texts may be, so that a handful of hopeless ones cannot end every run.
    /// </summary>
    private const int EndpointFailures = 50, OtherFailures = 1000;

    private readonly ILanguageModel _model;
    private readonly PromptBuilder _prompts;
    private readonly CallOptions _calls;
    private readonly TimeProvider _time;
    private readonly LanguageModelOptions _options;
    private readonly LabelQuestion _question;
    private readonly ILocalModel? _local;
    private readonly PromptFit? _fit;

    /// <summary>Prepares the teacher; nothing is asked yet.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompts">What it is asked.</param>
    /// <param name="options">How its answers are read.</param>
    /// <param name="calls">How requests are made.</param>
    /// <param name="time">Clock of limits and waits; default: the system's.</param>
    /// <exception cref="InputException">The model cannot do what the options ask, or the prompt alone is too long for it.</exception>
    public LanguageModelTeacher(
        ILanguageModel model, PromptBuilder prompts, LanguageModelOptions options, CallOptions calls, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(calls);
        (_model, _prompts, _calls, _time) = (model, prompts, calls, time ?? TimeProvider.System);
        _local = model as ILocalModel;
        _options = options with { ConfidenceFrom = Source(model, options.ConfidenceFrom) };
        _question = new LabelQuestion(prompts.Markers, _options);
        Fingerprint = LanguageModelFingerprint.Of(model.Identity, prompts, _options, _question.MaxTokens);
        if (_local is not null) _fit = new PromptFit(prompts, _local);
    }

    /// <inheritdoc/>
    public TeacherFingerprint Fingerprint { get; }

    /// <summary>What it is asked.</summary>
    public PromptBuilder Prompts => _prompts;

    /// <summary>Longest answer in tokens.</summary>
    public int MaxTokens => _question.MaxTokens;

    /// <summary>Answers for one text at least: 1, or the number of samples where they are asked for.</summary>
    public int CallsPerText => _options.ConfidenceFrom == ConfidenceSource.Samples ? _options.Samples : 1;

    /// <summary>The model, where it runs in this process.</summary>
    internal ILocalModel? Local => _local;

    /// <summary>Tokens that all prompts of a model in this process begin with; null for an endpoint.</summary>
    internal int? SharedTokens => _fit?.Shared;

    /// <summary>Longest prompt with its answer that a model in this process reads, in tokens; null for an endpoint.</summary>
    public int? LongestPrompt => _local?.MaxTokens;

    /// <summary>Loads a model that runs in this process; with an endpoint there is nothing to do.</summary>
    /// <exception cref="InputException">The model cannot be loaded, or is not of a layout that is known.</exception>
    public void Prepare() => _local?.Prepare();

    /// <summary>Groups of texts that are under way at once; with an endpoint, every text is a group of its own.</summary>
    private int SideBySide => _local is null ? _calls.Concurrency : Math.Min(_calls.Concurrency, _local.SideBySide);

    /// <summary>The teacher in a few words, such as "gpt-4o-mini, 12 examples".</summary>
    public string Summary => _prompts switch
    {
        { ExampleCount: 0 } => $"{_model.Name}, zero-shot",
        { Nearest: > 0 and var nearest } => string.Create(CultureInfo.InvariantCulture, $"{_model.Name}, {nearest} nearest of {_prompts.ExampleCount} examples"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{_model.Name}, {_prompts.ExampleCount} example{(_prompts.ExampleCount == 1 ? "" : "s")}"),
    };

    /// <inheritdoc/>
    public IAsyncEnumerable<TeacherLabel> LabelAsync(IAsyncEnumerable<Document> documents, CancellationToken cancellationToken) =>
        LabelAsync(documents, NoCallLog.Instance, cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<TeacherLabel> LabelAsync(
        IAsyncEnumerable<Document> documents, ICallLog calls, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(documents);
        // Stops asking; what is in flight still arrives.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var answers = Channel.CreateBounded<TeacherLabel>(new BoundedChannelOptions(1024) { SingleReader = true });
        // The longest first, so that none of them is still under way alone when all others are through.
        (CallOptions options, IAsyncEnumerable<Document[]> groups) = _local is null ? (_calls, LengthWindows.OneByOne(documents, cancellationToken))
            : (_calls with { Concurrency = SideBySide * _local.Together }, LengthWindows.LongestFirst(documents, _local.Together, SideBySide, cancellationToken));
        Task work = WorkAsync(groups, new CallScheduler(_model, options, calls, _time), answers.Writer, stop);
        try
        {
            // Not cancelled: answers that were paid for must be handed out.
            await foreach (TeacherLabel answer in answers.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
                yield return answer;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            // Whoever left early reads no more; the workers must not wait for room.
            while (!work.IsCompleted)
            {
                while (answers.Reader.TryRead(out _)) { }
                await Task.WhenAny(work, Task.Delay(20, CancellationToken.None)).ConfigureAwait(false);
            }
        }
        await work.ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Lets go of the model's connections.</summary>
    public void Dispose() => (_model as IDisposable)?.Dispose();

    private async Task WorkAsync(
        IAsyncEnumerable<Document[]> groups, CallScheduler scheduler, ChannelWriter<TeacherLabel> answers, CancellationTokenSource stop)
    {
        Exception? fatal = null;
        int failedInARow = 0;
        try
        {
            // As many texts under way as requests allowed, so that some may wait for their next attempt while others go on.
            await Parallel.ForEachAsync(groups, new ParallelOptions { MaxDegreeOfParallelism = SideBySide, CancellationToken = stop.Token },
                async (group, _) => await Task.WhenAll(AnswersTo(scheduler, group, stop.Token).Select(TakeAsync)).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The caller says so itself.
        }
        finally
        {
            answers.TryComplete();
        }
        if (fatal is not null) throw fatal;

        async Task TakeAsync(Task<TeacherLabel> coming)
        {
            try
            {
                TeacherLabel answer = await coming.ConfigureAwait(false);
                await answers.WriteAsync(answer, CancellationToken.None).ConfigureAwait(false);
                if (answer.Distribution is not null) Volatile.Write(ref failedInARow, 0);
                else
                {
                    int most = ModelException.BlamesEndpoint(answer.Failure!) ? EndpointFailures : OtherFailures;
                    // Texts under way side by side may fail beyond it before the first of them has stopped the others.
                    if (Interlocked.Increment(ref failedInARow) >= most) await GiveUp(TooManyFailures(most, answer)).ConfigureAwait(false);
                }
            }
            catch (ModelException e)
            {
                await GiveUp(Explain(e)).ConfigureAwait(false);
            }
        }

        // The others finish the request they are at and are not started anew.
        Task GiveUp(Exception reason)
        {
            Interlocked.CompareExchange(ref fatal, reason, null);
            return stop.CancelAsync();
        }
    }

    /// <summary>The answers to a group of texts; each comes by itself.</summary>
    private Task<TeacherLabel>[] AnswersTo(CallScheduler scheduler, Document[] group, CancellationToken stop)
    {
        if (_fit is null) return [.. group.Select(document => _question.AskAsync(scheduler, document.Key, _prompts.For(document.Text), null, stop))];
        (Document Document, Prompt? Prompt, bool Cut)[] fitted = [.. group.Select(document => (document, _fit.For(document.Text, out bool cut), cut))];
        var together = new PromptGroup(_local!, [.. fitted.Select(one => one.Prompt).OfType<Prompt>()], stop);
        return [.. fitted.Select(one => AnswerAsync(one.Document, one.Prompt, one.Cut))];

        async Task<TeacherLabel> AnswerAsync(Document document, Prompt? prompt, bool cut)
        {
            if (prompt is null) return new TeacherLabel(document.Key, null, Failure: "the prompt is too long for the model even without the text");
            TeacherLabel answer = await _question.AskAsync(scheduler, document.Key, prompt, together, stop).ConfigureAwait(false);
            return cut && answer.Evidence is { } evidence ? answer with { Evidence = evidence + CutEvidence } : answer;
        }
    }

    /// <summary>Where the confidence is read, as far as the model can.</summary>
    private static ConfidenceSource Source(ILanguageModel model, ConfidenceSource asked) => asked switch
    {
        ConfidenceSource.Auto when model is not IAnsweringModel => ConfidenceSource.LabelScores,
        ConfidenceSource.LabelScores when model is not IScoringModel =>
            throw new InputException("`teacher.confidenceFrom: label-scores` needs a model that scores given answers, and this one does not."),
        not ConfidenceSource.LabelScores when model is not IAnsweringModel =>
            throw new InputException("`teacher.confidenceFrom` must be `auto` or `label-scores` for a model that scores labels and writes no answers."),
        _ => asked,
    };

    private static RunFailedException TooManyFailures(int count, TeacherLabel last) => new(
        $"The teacher failed on {count} texts in a row, the last time because {last.Failure}{Shown(last.RawReply)} The labels that came before are kept; mend the cause, and the same command goes on from there.");

    private static string Shown(string? reply) => string.IsNullOrWhiteSpace(reply) ? "." : $": {(reply.Length <= 200 ? reply : reply[..200] + "…").ReplaceLineEndings(" ")}.";

    private Exception Explain(ModelException e) => e.Failure switch
    {
        ModelFailure.KeyRefused => new InputException(
            $"The endpoint refuses the key, or the key may not use the model `{_model.Name}` ({e.Message}). Check `teacher.apiKeyVariable` and the variable it names.", e),
        ModelFailure.NotFound => new InputException(
            $"The endpoint knows no such address or model, `{_model.Name}` ({e.Message}). Check `teacher.endpoint` (it ends with the version, as in /v1), `teacher.model` and, for plain completion, `teacher.template`.", e),
        ModelFailure.NoLogProbabilities => new InputException(
            $"The endpoint gives no log-probabilities of prompts ({e.Message}), which `teacher.confidenceFrom: label-scores` needs: `echo` with `logprobs` at /completions, as vLLM has it. Leave the key away, and the confidence is read from the answer.", e),
        ModelFailure.QuotaExhausted => new RunFailedException(
            $"The quota at the endpoint is used up ({e.Message}). Every label so far is kept; the same command goes on from there once there is quota again.", e),
        _ => new RunFailedException(
            $"The endpoint cannot be reached ({e.Message}). Every label so far is kept; check `teacher.endpoint` and the network, and the same command goes on from there.", e),
    };
}
