using Llkd.Documents;
using Llkd.Numerics;
using Llkd.Tasks;

namespace Llkd.Teachers.Prompting;

/// <summary>
/// Makes the prompt of each document: the instruction with the labels, gold examples as earlier turns, and the text
/// between delimiters. Without examples this is the paper's zero-shot teacher. Safe to use from several threads at once.
/// </summary>
public sealed class PromptBuilder
{
    private readonly IReadOnlyList<TaskLabel> _labels;
    private readonly PromptTemplate _template;
    private readonly Dictionary<string, string> _places;
    private readonly PromptMessage[] _fixed;
    private readonly NearestExamples? _nearest;
    private readonly IReadOnlyList<Document> _examples;

    /// <summary>Prepares what all prompts share.</summary>
    /// <param name="labels">The task's labels, at least two.</param>
    /// <param name="template">The words.</param>
    /// <param name="style">How the model names a label.</param>
    /// <param name="examples">Documents with gold labels; may be none.</param>
    /// <param name="seed">Seed of their order.</param>
    /// <param name="nearest">Show so many of them, the nearest to each text; 0: show all of them before every text.</param>
    /// <exception cref="InputException">The style does not serve these labels.</exception>
    public PromptBuilder(
        IReadOnlyList<TaskLabel> labels, PromptTemplate template, AnswerStyle style, IReadOnlyList<Document> examples, int seed, int nearest = 0)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(examples);
        _labels = labels;
        _template = template;
        Markers = new AnswerMarkers(labels, style);
        _places = new Dictionary<string, string>(StringComparer.Ordinal) { ["labels"] = Markers.List(labels), ["answer"] = Markers.Instruction };
        string system = PromptTemplate.Fill(template.SystemPart, _places);
        var turns = new List<PromptMessage>();
        if (system.Length > 0) turns.Add(new PromptMessage(PromptRole.System, system));
        if (nearest > 0 && examples.Count > 0) _nearest = new NearestExamples(examples, nearest);
        else
        {
            // Mixed, because a model leans towards the labels it saw last.
            Document[] mixed = [.. examples.OrderBy(example => example.Key.High).ThenBy(example => example.Key.Low).ThenBy(example => example.Label)];
            new RandomStream(seed, "order of examples").Shuffle<Document>(mixed);
            turns.AddRange(mixed.SelectMany(Turns));
        }
        _fixed = [.. turns];
        ExampleCount = examples.Count;
        _examples = examples;
        Nearest = _nearest is null ? 0 : nearest;
    }

    /// <summary>What the model writes for each label.</summary>
    public AnswerMarkers Markers { get; }

    /// <summary>How the turns are sent.</summary>
    public PromptFormat Format => _template.Format;

    /// <summary>Number of gold examples, shown or to choose from.</summary>
    public int ExampleCount { get; }

    /// <summary>Examples chosen for each text; 0 where all texts see the same ones.</summary>
    public int Nearest { get; }

    /// <summary>The user part of the template, for the fingerprint.</summary>
    internal string UserPart => _template.UserPart;

    /// <summary>The turns that all prompts begin with.</summary>
    internal IReadOnlyList<PromptMessage> Fixed => _fixed;

    /// <summary>The task's labels.</summary>
    internal IReadOnlyList<TaskLabel> Labels => _labels;

    /// <summary>Hash of the examples as turns, in the order in which they are shown or chosen from.</summary>
    internal string ExamplesHash() => LanguageModelFingerprint.HashOf(_nearest is null ? _fixed : _examples.SelectMany(Turns));

    /// <summary>The prompt of one text.</summary>
    public Prompt For(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        PromptMessage own = new(PromptRole.User, UserTurn(text));
        return new Prompt(_fixed, _nearest is null ? [own] : [.. _nearest.For(text).SelectMany(Turns), own]);
    }

    private IEnumerable<PromptMessage> Turns(Document example) =>
        [new(PromptRole.User, UserTurn(example.Text)), new(PromptRole.Assistant, Markers.Texts[example.Label])];

    private string UserTurn(string text)
    {
        string shown = ControlTokens.Neutralise(text);
        return PromptTemplate.Fill(_template.UserPart, new Dictionary<string, string>(_places, StringComparer.Ordinal)
        {
            ["text"] = shown,
            ["delimiter"] = Delimiter.Of(shown),
        });
    }
}
