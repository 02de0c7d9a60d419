using System.Globalization;
using Llkd.Tasks;

namespace Llkd.Teachers.Prompting;

/// <summary>What the model writes for each label.</summary>
public sealed class AnswerMarkers
{
    private const int Letters = 26;

    /// <summary>Chooses the markers.</summary>
    /// <param name="labels">The labels, [classes].</param>
    /// <param name="style">How a label is named; <see cref="AnswerStyle.Auto"/> takes letters up to 26 labels, else words.</param>
    /// <exception cref="InputException">Letters for more than 26 labels, or two labels whose words differ in case only.</exception>
    public AnswerMarkers(IReadOnlyList<TaskLabel> labels, AnswerStyle style)
    {
        ArgumentNullException.ThrowIfNull(labels);
        if (style == AnswerStyle.Auto) style = labels.Count <= Letters ? AnswerStyle.Letter : AnswerStyle.Words;
        if (style == AnswerStyle.Letter && labels.Count > Letters)
            throw new InputException($"`teacher.answer: letter` serves at most {Letters} labels, and the task has {labels.Count}; take `number` or `words`.");
        Style = style;
        Names = [.. labels.Select(label => label.Name.Trim())];
        Texts = style switch
        {
            AnswerStyle.Letter => [.. Enumerable.Range(0, labels.Count).Select(k => ((char)('A' + k)).ToString())],
            AnswerStyle.Number => [.. Enumerable.Range(1, labels.Count).Select(k => k.ToString(CultureInfo.InvariantCulture))],
            _ => Names,
        };
        if (Texts.GroupBy(text => text, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } same)
            throw new InputException($"`teacher.answer: words` cannot tell the labels {string.Join(" and ", same.Select(text => $"`{text}`"))} apart; take `letter` or `number`.");
    }

    private AnswerMarkers(IReadOnlyList<string> names) => (Style, Names, Texts) = (AnswerStyle.Words, names, names);

    /// <summary>The labels' words as markers, for a model that writes them although it was asked for letters.</summary>
    internal AnswerMarkers AsWords() => new(Names);

    /// <summary>The style in use, never <see cref="AnswerStyle.Auto"/>.</summary>
    public AnswerStyle Style { get; }

    /// <summary>The answer for each label, [classes].</summary>
    public IReadOnlyList<string> Texts { get; }

    /// <summary>The labels' names, [classes].</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Tokens that the longest answer needs, with room for a few words around it.</summary>
    public int LongestAnswer => Style == AnswerStyle.Words ? Math.Max(16, Texts.Max(text => text.Length) / 2 + 8) : 8;

    /// <summary>How the model is told to answer.</summary>
    public string Instruction => Style switch
    {
        AnswerStyle.Letter => "Answer with the letter of the label alone.",
        AnswerStyle.Number => "Answer with the number of the label alone.",
        _ => "Answer with the label alone, spelled as above.",
    };

    /// <summary>The list of the labels as the model reads it, one a line.</summary>
    public string List(IReadOnlyList<TaskLabel> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        return string.Join('\n', labels.Select((label, k) =>
        {
            string name = Style == AnswerStyle.Words ? $"- {Texts[k]}" : $"{Texts[k]}. {label.Name}";
            return string.IsNullOrWhiteSpace(label.Description) ? name : $"{name}: {OneLine(label.Description)}";
        }));
    }

    private static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
