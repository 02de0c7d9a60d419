using Llkd.Teachers.Prompting;

namespace Llkd.Teachers.Models;

/// <summary>A language model that can say how likely given answers are, without writing one.</summary>
public interface IScoringModel : ILanguageModel
{
    /// <summary>Scores answers to a prompt. Where one answer is the beginning of another, its score is that of ending there.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="answers">The answers, all different, the same ones in every call.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <exception cref="ModelException">There is no usable score; the exception says of what kind the trouble is.</exception>
    /// <exception cref="OperationCanceledException">Cancelled by the caller.</exception>
    Task<AnswerScores> ScoreAsync(Prompt prompt, IReadOnlyList<string> answers, CancellationToken cancellationToken);
}

/// <summary>How likely answers are.</summary>
/// <param name="LogProbabilities">Natural logarithm of each answer's probability given the prompt, [answers], −∞ to 0; not brought to a sum of 1.</param>
/// <param name="Unseen">Share of the answers' probability that was divided evenly among answers instead of being looked up, in [0, 1].</param>
/// <param name="PromptTokens">Tokens of the prompt; of all prompts that were sent where each answer needs one.</param>
/// <param name="AnswerTokens">Tokens of answers that the model had to read or write beyond that.</param>
public sealed record AnswerScores(IReadOnlyList<double> LogProbabilities, double Unseen, int PromptTokens, int AnswerTokens);

/// <summary>A language model in this process: it costs time and no money, and its tokens can be counted before it is asked.</summary>
public interface ILocalModel : IScoringModel
{
    /// <summary>Longest prompt with its answer, in tokens.</summary>
    int MaxTokens { get; }

    /// <summary>Prompts that are answered side by side at most, because the processors serve no more.</summary>
    int SideBySide { get; }

    /// <summary>Prompts that are best handed over at once, to each of those side by side; default: 1.</summary>
    int Together => 1;

    /// <summary>Loads the model and reads what prompts begin with, so that the first answer takes no longer than the others.</summary>
    /// <exception cref="InputException">The model cannot be loaded, or is not of a layout that is known.</exception>
    void Prepare();

    /// <summary>
    /// Scores answers to several prompts, which the model may read in one go: weights that are fetched once for all of them
    /// are fetched more cheaply. Default: one after the other.
    /// </summary>
    /// <param name="prompts">The prompts; best of about the same length.</param>
    /// <param name="answers">The answers, all different, the same ones in every call.</param>
    /// <param name="cancellationToken">Ends it; what is being read is read to its end.</param>
    /// <returns>The scores of each prompt, in the order of the prompts; each ends by itself, and a failure is one prompt's own.</returns>
    IReadOnlyList<Task<AnswerScores>> ScoreTogether(IReadOnlyList<Prompt> prompts, IReadOnlyList<string> answers, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        var tasks = new Task<AnswerScores>[prompts.Count];
        Task before = Task.CompletedTask;
        for (int i = 0; i < tasks.Length; i++) before = tasks[i] = After(before, prompts[i]);
        return tasks;

        async Task<AnswerScores> After(Task done, Prompt prompt)
        {
            await done.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return await ScoreAsync(prompt, answers, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Tokens of a prompt.</summary>
    int Count(Prompt prompt);

    /// <summary>Tells the model prompts like those to come, so that it may compute once what they all begin with.</summary>
    /// <param name="samples">Prompts of different texts, at least two.</param>
    /// <returns>Tokens that they all begin with.</returns>
    int Share(IEnumerable<Prompt> samples);
}
