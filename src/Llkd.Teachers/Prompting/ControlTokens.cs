using System.Text.RegularExpressions;

namespace Llkd.Teachers.Prompting;

/// <summary>
/// The markup of chat templates, taken out of documents: a server that finds it in a text would read it as the end of
/// the turn, and what follows as another speaker's words.
/// </summary>
internal static partial class ControlTokens
{
    /// <summary>The text with a space inside each such piece, which breaks it and is read alike.</summary>
    public static string Neutralise(string text) =>
        text.AsSpan().IndexOfAny('<', '[') < 0 ? text : Control().Replace(text, match => $"{match.Value[0]} {match.Value[1..]}");

    [GeneratedRegex(@"<\|[A-Za-z0-9_]{1,40}\|>|</?s>|<(?:bos|eos|pad|unk)>|<(?:start|end)_of_turn>|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\]|<</?SYS>>")]
    private static partial Regex Control();
}
