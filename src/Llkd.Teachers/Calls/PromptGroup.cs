using Llkd.Teachers.Models;
using Llkd.Teachers.Prompting;

namespace Llkd.Teachers.Calls;

/// <summary>Prompts that go to a model in one go, once the first of them is asked about. One that is asked about again goes alone.</summary>
/// <param name="model">The model.</param>
/// <param name="prompts">The prompts.</param>
/// <param name="stop">Ends what the model has not begun.</param>
internal sealed class PromptGroup(ILocalModel model, IReadOnlyList<Prompt> prompts, CancellationToken stop) : IScoringModel
{
    private readonly Lock _gate = new();
    private Dictionary<Prompt, Task<AnswerScores>>? _scores;

    public string Name => model.Name;

    public string Identity => model.Identity;

    public Task<AnswerScores> ScoreAsync(Prompt prompt, IReadOnlyList<string> answers, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_scores is null)
            {
                IReadOnlyList<Task<AnswerScores>> tasks = model.ScoreTogether(prompts, answers, stop);
                _scores = new(ReferenceEqualityComparer.Instance);
                for (int i = 0; i < tasks.Count; i++) _scores.Add(prompts[i], tasks[i]);
            }
            return _scores.Remove(prompt, out Task<AnswerScores>? scores) ? scores : model.ScoreAsync(prompt, answers, cancellationToken);
        }
    }
}
