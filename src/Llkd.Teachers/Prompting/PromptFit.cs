using Llkd.Teachers.Models;

namespace Llkd.Teachers.Prompting;

/// <summary>Cuts the end of texts that are too long for a model, so that the prompt keeps its end and there is room for the answer.</summary>
internal sealed class PromptFit
{
    /// <summary>Texts that show what prompts begin with; their delimiter lines begin with all the characters such lines can begin with.</summary>
    private const int Samples = 48;

    private readonly PromptBuilder _prompts;
    private readonly ILocalModel _model;
    private readonly int _most;

    /// <exception cref="InputException">There is no room for any text.</exception>
    public PromptFit(PromptBuilder prompts, ILocalModel model)
    {
        (_prompts, _model) = (prompts, model);
        // No tokenizer needs more tokens for an answer than it has bytes, and one for the space before it.
        _most = model.MaxTokens - prompts.Markers.Texts.Max(System.Text.Encoding.UTF8.GetByteCount) - 1;
        Shared = model.Share(Enumerable.Range(0, Samples).Select(i => prompts.For(i.ToString(System.Globalization.CultureInfo.InvariantCulture))));
        if (prompts.Nearest == 0 && model.Count(prompts.For("")) is var empty && empty >= _most)
            throw new InputException(
                $"The prompt has {empty} tokens without any text, and the model reads {model.MaxTokens}. Take fewer examples (`teacher.shots`), or a larger `teacher.maxPromptTokens` if the model allows it.");
    }

    /// <summary>Tokens that all prompts begin with.</summary>
    public int Shared { get; }

    /// <summary>The prompt of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="cut">Whether its end was left out.</param>
    /// <returns>Null where there is no room even without the text.</returns>
    public Prompt? For(string text, out bool cut)
    {
        Prompt whole = _prompts.For(text);
        cut = _model.Count(whole) > _most;
        if (!cut) return whole;
        Prompt? fitting = null;
        for (int least = 0, most = text.Length - 1; least <= most;)
        {
            int middle = (least + most) / 2;
            Prompt tried = _prompts.For(Beginning(text, middle));
            if (_model.Count(tried) <= _most) (fitting, least) = (tried, middle + 1);
            else most = middle - 1;
        }
        return fitting;
    }

    /// <summary>The first characters, without half of the one that does not fit.</summary>
    private static string Beginning(string text, int length) =>
        text[..(length > 0 && char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
}
