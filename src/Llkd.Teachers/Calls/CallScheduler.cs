using Llkd.Teachers.Models;
using Llkd.Teachers.Prompting;

namespace Llkd.Teachers.Calls;

/// <summary>How a teacher makes its requests; none of it changes an answer.</summary>
public sealed record CallOptions
{
    /// <summary>Requests in flight at most.</summary>
    public int Concurrency { get; init; } = 64;

    /// <summary>Requests a minute at most; 0: no limit.</summary>
    public int RequestsPerMinute { get; init; }

    /// <summary>Tokens a minute at most; 0: no limit.</summary>
    public int TokensPerMinute { get; init; }

    /// <summary>Requests for one answer at most.</summary>
    public int Attempts { get; init; } = 12;
}

/// <summary>Makes requests within the limits, and again where that may help.</summary>
internal sealed class CallScheduler(ILanguageModel model, CallOptions options, ICallLog log, TimeProvider time)
{
    /// <summary>Attempts at an endpoint that nobody has reached yet: a wrong address should not take minutes to find out.</summary>
    private const int AttemptsAtFirst = 5;

    private readonly ICountingModel? _counting = model as ICountingModel;

    // A model in this process is asked about no more than it was made for, and has no need to be felt out.
    private readonly AdaptiveLimit _limit = model is ILocalModel ? new(options.Concurrency, options.Concurrency) : new(options.Concurrency);
    private readonly RateLimit _requests = new(options.RequestsPerMinute, time), _tokens = new(options.TokensPerMinute, time);
    private double _tokensPerCharacter = 0.3;
    private volatile bool _reached;

    /// <summary>Asks until there is an answer, or it is clear that there will be none.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="asked">How to ask.</param>
    /// <param name="stop">Ends waiting; a request in flight is still waited for.</param>
    /// <exception cref="ModelException">The last trouble.</exception>
    /// <exception cref="OperationCanceledException">Stopped while waiting.</exception>
    public Task<ModelReply> AskAsync(Prompt prompt, ModelOptions asked, CancellationToken stop) => RepeatAsync(
        new Request<ModelReply>(
            prompt, 1, asked.MaxTokens,
            () => _counting?.AskAsync(prompt, asked, log, CancellationToken.None) ?? ((IAnsweringModel)model).AskAsync(prompt, asked, CancellationToken.None),
            reply => (reply.PromptTokens, reply.CompletionTokens)), stop);

    /// <summary>Has answers scored, until they are or it is clear that they will not be.</summary>
    /// <param name="scorer">Who scores them; null: the model.</param>
    /// <param name="prompt">The prompt.</param>
    /// <param name="answers">The answers.</param>
    /// <param name="stop">Ends waiting; a request in flight is still waited for.</param>
    /// <exception cref="ModelException">The last trouble.</exception>
    /// <exception cref="OperationCanceledException">Stopped while waiting.</exception>
    public Task<AnswerScores> ScoreAsync(IScoringModel? scorer, Prompt prompt, IReadOnlyList<string> answers, CancellationToken stop) => RepeatAsync(
        new Request<AnswerScores>(
            prompt, answers.Count, 0,
            () => _counting?.ScoreAsync(prompt, answers, log, CancellationToken.None) ?? (scorer ?? (IScoringModel)model).ScoreAsync(prompt, answers, CancellationToken.None),
            scores => (scores.PromptTokens, scores.AnswerTokens)), stop);

    private async Task<T> RepeatAsync<T>(Request<T> request, CancellationToken stop)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await OnceAsync(request, stop).ConfigureAwait(false);
            }
            catch (ModelException e) when (e.IsTransient && attempt < (e.Failure == ModelFailure.Unreachable && !_reached ? Math.Min(AttemptsAtFirst, options.Attempts) : options.Attempts))
            {
#pragma warning disable CA5394 // Jitter is no secret.
                await Task.Delay(BackOff.Wait(attempt, e.RetryAfter, Random.Shared.NextDouble()), time, stop).ConfigureAwait(false);
#pragma warning restore CA5394
            }
        }
    }

    private async Task<T> OnceAsync<T>(Request<T> request, CancellationToken stop)
    {
        double expected = 0;
        if (options.TokensPerMinute > 0)
        {
            expected = request.Characters * Volatile.Read(ref _tokensPerCharacter) + request.MaxTokens;
            await _tokens.ReserveAsync(expected, stop).ConfigureAwait(false);
        }
        await _requests.ReserveAsync(1, stop).ConfigureAwait(false);
        long ticket = await _limit.EnterAsync(stop).ConfigureAwait(false);
        bool answered = false, congested = false;
        try
        {
            stop.ThrowIfCancellationRequested();
            if (_counting is null) log.Sent();
            // Not stopped with the rest: whoever has asked pays, so the answer is worth the wait.
            T reply = await request.Send().ConfigureAwait(false);
            answered = _reached = true;
            if (options.TokensPerMinute > 0) Learn(request.Characters, request.Used(reply), expected);
            return reply;
        }
        catch (ModelException e)
        {
            congested = e.IsCongestion;
            if (e.Failure != ModelFailure.Unreachable) _reached = true;
            if (e.Failure == ModelFailure.Unreachable)
            {
                if (_counting is null) log.NotSent();
            }
            else if (e.IsRefusal) log.Refused();
            throw;
        }
        finally
        {
            _limit.Leave(ticket, answered, congested);
        }
    }

    /// <summary>Puts the actual count in the place of the estimate, and estimates better.</summary>
    private void Learn(double characters, (int Prompt, int Completion) used, double expected)
    {
        if (used.Prompt + used.Completion == 0) return;
        _tokens.Correct(used.Prompt + used.Completion - expected);
        if (characters > 0) Volatile.Write(ref _tokensPerCharacter, Math.Clamp(used.Prompt / characters, 0.05, 4));
    }

    /// <summary>One request, to be made until it is answered.</summary>
    /// <param name="Prompt">What the model reads.</param>
    /// <param name="Times">How often it reads it.</param>
    /// <param name="MaxTokens">Longest answer.</param>
    /// <param name="Send">Sends it.</param>
    /// <param name="Used">Tokens read and written, from the reply.</param>
    private sealed record Request<T>(Prompt Prompt, int Times, int MaxTokens, Func<Task<T>> Send, Func<T, (int Prompt, int Completion)> Used)
    {
        public double Characters => Times * Prompt.Messages.Sum(message => (double)message.Content.Length);
    }
}
