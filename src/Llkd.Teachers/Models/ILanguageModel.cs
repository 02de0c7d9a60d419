using Llkd.Teachers.Calls;
using Llkd.Teachers.Prompting;

namespace Llkd.Teachers.Models;

/// <summary>
/// A language model. What it can do stands in the interfaces that are made of this one: answer, score given answers.
/// Implementations may be called from several threads at once; they make no retries and keep no limits, these are the
/// teacher's work.
/// </summary>
public interface ILanguageModel
{
    /// <summary>The model's name, for people.</summary>
    string Name { get; }

    /// <summary>What tells it from every other model, a part of the teacher's identity; default: its name.</summary>
    string Identity => Name;
}

/// <summary>A language model that answers one prompt with one request.</summary>
public interface IAnsweringModel : ILanguageModel
{
    /// <summary>Answers a prompt.</summary>
    /// <exception cref="ModelException">There is no usable answer; the exception says of what kind the trouble is.</exception>
    /// <exception cref="OperationCanceledException">Cancelled by the caller.</exception>
    Task<ModelReply> AskAsync(Prompt prompt, ModelOptions options, CancellationToken cancellationToken);
}

/// <summary>A language model that knows when a request leaves this process, and counts it there; all others are counted before they are asked.</summary>
internal interface ICountingModel : IAnsweringModel, IScoringModel
{
    /// <summary>As <see cref="IAnsweringModel.AskAsync"/>, counting what is sent.</summary>
    Task<ModelReply> AskAsync(Prompt prompt, ModelOptions options, ICallLog calls, CancellationToken cancellationToken);

    /// <summary>As <see cref="IScoringModel.ScoreAsync"/>, counting what is sent.</summary>
    Task<AnswerScores> ScoreAsync(Prompt prompt, IReadOnlyList<string> answers, ICallLog calls, CancellationToken cancellationToken);
}

/// <summary>How a model is asked.</summary>
/// <param name="Temperature">0 takes the likeliest tokens.</param>
/// <param name="MaxTokens">Longest answer.</param>
/// <param name="TopLogProbabilities">Log-probabilities wanted at every token; 0: none.</param>
public readonly record struct ModelOptions(double Temperature, int MaxTokens, int TopLogProbabilities);

/// <summary>What a model answered.</summary>
/// <param name="Text">Its words.</param>
/// <param name="Tokens">Its tokens with their log-probabilities; null where the endpoint gives none.</param>
/// <param name="PromptTokens">Tokens read; 0 where the endpoint does not say.</param>
/// <param name="CompletionTokens">Tokens written; 0 where the endpoint does not say.</param>
public sealed record ModelReply(string Text, IReadOnlyList<ReplyToken>? Tokens, int PromptTokens, int CompletionTokens);

/// <summary>One token of a reply.</summary>
/// <param name="Chosen">The token that was written.</param>
/// <param name="Top">The likeliest tokens there; the chosen one may be missing.</param>
public sealed record ReplyToken(TokenProbability Chosen, IReadOnlyList<TokenProbability> Top);

/// <summary>A token and its probability.</summary>
/// <param name="Text">The token's characters.</param>
/// <param name="Probability">In [0, 1].</param>
public readonly record struct TokenProbability(string Text, double Probability);
