using System.Globalization;
using Llkd.Documents;
using Llkd.Labels;
using Llkd.Numerics;
using Llkd.Tasks;
using Llkd.Teachers.Calls;
using Llkd.Teachers.Models;
using Llkd.Teachers.Prompting;

namespace Llkd.Teachers.Answers;

/// <summary>Asks about one document until its label and confidence are known, or it is clear that they will not be.</summary>
internal sealed class LabelQuestion
{
    /// <summary>Answers asked for at most where none can be used.</summary>
    private const int MostAnswers = 6;

    /// <summary>After so many equal answers in a row another one would be the same.</summary>
    private const int EqualAnswers = 3;

    private readonly LanguageModelOptions _options;
    private readonly AnswerReader _reader;
    private readonly TokenWalk _walk, _walkIgnoringCase, _walkOverNames;
    private readonly int _classes;
    private readonly IReadOnlyList<string> _answers;

    /// <summary>Log-probabilities that the endpoint is asked for; fewer or none once it has refused them.</summary>
    private volatile int _top;
    private volatile bool _givesLogProbabilities;
    private int _without;

    public LabelQuestion(AnswerMarkers markers, LanguageModelOptions options)
    {
        _options = options;
        _classes = markers.Texts.Count;
        _answers = markers.Texts;
        _reader = new AnswerReader(markers);
        _walk = new TokenWalk(markers, ignoreCase: markers.Style != AnswerStyle.Letter);
        _walkIgnoringCase = new TokenWalk(markers, ignoreCase: true);
        _walkOverNames = new TokenWalk(markers.AsWords(), ignoreCase: true);
        _top = options.ConfidenceFrom == ConfidenceSource.Samples ? 0 : options.TopLogProbabilities;
        MaxTokens = options.MaxTokens ?? markers.LongestAnswer;
    }

    /// <summary>Longest answer in tokens.</summary>
    public int MaxTokens { get; }

    /// <summary>Asks.</summary>
    /// <param name="calls">How requests are made.</param>
    /// <param name="key">The document's key.</param>
    /// <param name="prompt">Its prompt.</param>
    /// <param name="scorer">Who scores answers; null: the model.</param>
    /// <param name="stop">Ends it; a request in flight is still waited for.</param>
    /// <exception cref="ModelException">Trouble that concerns every document.</exception>
    /// <exception cref="OperationCanceledException">Stopped before there was an answer.</exception>
    public async Task<TeacherLabel> AskAsync(CallScheduler calls, DocumentKey key, Prompt prompt, IScoringModel? scorer, CancellationToken stop)
    {
        var spent = new Spent();
        try
        {
            return _options.ConfidenceFrom == ConfidenceSource.LabelScores
                ? await ScoreAsync(calls, key, prompt, scorer, stop).ConfigureAwait(false)
                : await AskAsync(calls, key, prompt, spent, stop).ConfigureAwait(false);
        }
        catch (ModelException e) when (!e.IsFatal && e.Failure != ModelFailure.Unreachable && !(e.Failure == ModelFailure.NoLogProbabilities && _options.ConfidenceFrom == ConfidenceSource.LabelScores))
        {
            return spent.Failed(key, e.Failure == ModelFailure.Rejected ? $"{e.Reason}: {Short(e.Message)}" : e.Reason, e.Reply ?? spent.LastReply);
        }
    }

    private async Task<TeacherLabel> AskAsync(CallScheduler calls, DocumentKey key, Prompt prompt, Spent spent, CancellationToken stop)
    {
        string? last = null;
        string reason = "";
        for (int equal = 0; spent.Calls < MostAnswers && equal < EqualAnswers;)
        {
            int top = _top;
            if (top == 0) return await SampleAsync(calls, key, prompt, spent, stop).ConfigureAwait(false);
            ModelReply reply;
            try
            {
                reply = await calls.AskAsync(prompt, new ModelOptions(0, MaxTokens, top), stop).ConfigureAwait(false);
            }
            catch (ModelException e) when (e.Failure == ModelFailure.NoLogProbabilities)
            {
                // Some endpoints allow five at most, others none.
                if (top > 5) _top = 5;
                else if (_options.ConfidenceFrom == ConfidenceSource.Auto) _top = 0;
                else throw;
                continue;
            }
            spent.Add(reply);
            if (reply.Tokens is not { } tokens)
            {
                // An endpoint that has never given any is not asked for them in vain before every set of samples.
                if (_options.ConfidenceFrom == ConfidenceSource.Auto && !_givesLogProbabilities && Interlocked.Increment(ref _without) >= EqualAnswers) _top = 0;
                // Once it has given log-probabilities, a reply without is a slip, and asking again is cheaper than samples.
                if (_options.ConfidenceFrom == ConfidenceSource.Auto && (!_givesLogProbabilities || spent.Calls >= EqualAnswers)) return await SampleAsync(calls, key, prompt, spent, stop).ConfigureAwait(false);
                reason = "the reply has no log-probabilities";
            }
            else if (FromTokens(tokens, out reason) is { } read)
            {
                _givesLogProbabilities = true;
                return new TeacherLabel(key, read.Distribution, reply.Text, spent.PromptTokens, spent.CompletionTokens,
                    Evidence: "log-probabilities", Unseen: read.Unseen, Calls: spent.Calls);
            }
            equal = reply.Text == last ? equal + 1 : 1;
            last = reply.Text;
        }
        return spent.Failed(key, reason, spent.LastReply);
    }

    /// <summary>The probability of each label, brought to a sum of 1.</summary>
    private async Task<TeacherLabel> ScoreAsync(CallScheduler calls, DocumentKey key, Prompt prompt, IScoringModel? scorer, CancellationToken stop)
    {
        AnswerScores scores = await calls.ScoreAsync(scorer, prompt, _answers, stop).ConfigureAwait(false);
        double most = scores.LogProbabilities.Max();
        if (!double.IsFinite(most))
            return new TeacherLabel(key, null, null, scores.PromptTokens, scores.AnswerTokens, "the model gives no label any probability", Calls: 1);
        double[] mass = [.. scores.LogProbabilities.Select(log => Math.Exp(log - most))];
        double sum = mass.Sum();
        float[] q = [.. mass.Select(m => (float)(m / sum))];
        return new TeacherLabel(
            key, q, _answers[Softmax.ArgMax(q)], scores.PromptTokens, scores.AnswerTokens, Evidence: LanguageModelTeacher.ScoreEvidence, Unseen: (float)scores.Unseen, Calls: 1);
    }

    private TokenDistribution? FromTokens(IReadOnlyList<ReplyToken> tokens, out string reason)
    {
        string text = string.Concat(tokens.Select(token => token.Chosen.Text));
        if (_reader.Find(text) is not { } found)
        {
            reason = Unreadable(text);
            return null;
        }
        TokenWalk walk = !found.ByMarker ? _walkOverNames : char.IsLower(text[found.Start]) ? _walkIgnoringCase : _walk;
        TokenDistribution? read = walk.Read(tokens, found.Start);
        reason = read is null ? "the log-probabilities name no label" : "";
        return read;
    }

    /// <summary>The share of each label among answers drawn at random.</summary>
    private async Task<TeacherLabel> SampleAsync(CallScheduler calls, DocumentKey key, Prompt prompt, Spent spent, CancellationToken stop)
    {
        var counts = new int[_classes];
        int readable = 0;
        string reason = "", replies = "";
        for (int sample = 0; sample < _options.Samples; sample++)
        {
            ModelReply reply = await calls.AskAsync(prompt, new ModelOptions(_options.SampleTemperature, MaxTokens, 0), stop).ConfigureAwait(false);
            spent.Add(reply);
            replies += (sample == 0 ? "" : "\n") + reply.Text;
            if (_reader.Find(reply.Text) is { } found)
            {
                counts[found.Label]++;
                readable++;
            }
            else reason = Unreadable(reply.Text);
            // Nothing readable in the first three: a reply outside the labels is the model's habit here.
            if (readable == 0 && sample == EqualAnswers - 1) break;
        }
        return readable == 0 ? spent.Failed(key, reason, replies)
            : new TeacherLabel(key, [.. counts.Select(count => (float)count / readable)], replies, spent.PromptTokens, spent.CompletionTokens,
                Evidence: string.Create(CultureInfo.InvariantCulture, $"agreement of {_options.Samples} samples"), Calls: spent.Calls);
    }

    private static string Unreadable(string reply) => string.IsNullOrWhiteSpace(reply) ? "the reply is empty" : "the reply names no label, or several";

    private static string Short(string message) => message.Length <= 120 ? message : message[..120] + "…";

    /// <summary>What one document has cost.</summary>
    private sealed class Spent
    {
        public int Calls { get; private set; }
        public int PromptTokens { get; private set; }
        public int CompletionTokens { get; private set; }
        public string? LastReply { get; private set; }

        public void Add(ModelReply reply)
        {
            Calls++;
            PromptTokens += reply.PromptTokens;
            CompletionTokens += reply.CompletionTokens;
            LastReply = reply.Text;
        }

        public TeacherLabel Failed(DocumentKey key, string reason, string? reply) =>
            new(key, null, reply, PromptTokens, CompletionTokens, reason, Calls: Calls);
    }
}
