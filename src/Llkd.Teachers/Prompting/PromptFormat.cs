using System.Text;

namespace Llkd.Teachers.Prompting;

/// <summary>
/// How turns become one text for an endpoint of plain completion, after the chat templates that the models' makers
/// publish. The beginning-of-text token is left to the server, which adds it itself.
/// </summary>
public sealed class PromptFormat
{
    private readonly Action<StringBuilder, PromptMessage, int> _turn;
    private readonly string _answer;

    private PromptFormat(string name, IReadOnlyList<string> stop, string answer, Action<StringBuilder, PromptMessage, int> turn)
    {
        (Name, Stop, _answer, _turn) = (name, stop, answer, turn);
    }

    /// <summary>Name as it stands in `teacher.template`.</summary>
    public string Name { get; }

    /// <summary>Where the answer ends; the server stops there.</summary>
    public IReadOnlyList<string> Stop { get; }

    /// <summary>What stands between a prompt and its answer, where it is given in a prompt.</summary>
    internal string BeforeAnswer => Name is "plain" or "llama-2" or "mistral" ? " " : "";

    /// <summary>Whether turns are sent as they are, to an endpoint for chats.</summary>
    public bool IsChat => Name == "chat";

    /// <summary>All formats.</summary>
    public static IReadOnlyList<PromptFormat> All { get; } =
    [
        new("chat", [], "", (_, _, _) => { }),
        new("plain", ["\n"], "Label:", Plain),
        new("llama-2", ["</s>"], "", Instructions(systemTags: true)),
        new("llama-3", ["<|eot_id|>"], "<|start_header_id|>assistant<|end_header_id|>\n\n",
            (text, turn, _) => text.Append("<|start_header_id|>").Append(RoleName(turn.Role)).Append("<|end_header_id|>\n\n").Append(turn.Content).Append("<|eot_id|>")),
        new("gemma", ["<end_of_turn>"], "<start_of_turn>model\n", Gemma),
        new("chatml", ["<|im_end|>"], "<|im_start|>assistant\n", Chatml),
        // Qwen 3 answers at once where its thoughts are there already, and empty.
        new("qwen-3", ["<|im_end|>"], "<|im_start|>assistant\n<think>\n\n</think>\n\n", Chatml),
        new("mistral", ["</s>"], "", Instructions(systemTags: false)),
    ];

    /// <summary>The format of that name, or null.</summary>
    public static PromptFormat? Find(string name) => All.FirstOrDefault(format => format.Name == name);

    /// <summary>Turns as one text, up to where the model's answer begins.</summary>
    public string Render(IEnumerable<PromptMessage> messages)
    {
        var text = new StringBuilder();
        int index = 0;
        foreach (PromptMessage message in messages) _turn(text, message, index++);
        return text.Append(_answer).ToString();
    }

    private static string RoleName(PromptRole role) => role switch
    {
        PromptRole.System => "system",
        PromptRole.User => "user",
        _ => "assistant",
    };

    private static void Chatml(StringBuilder text, PromptMessage turn, int index) =>
        text.Append("<|im_start|>").Append(RoleName(turn.Role)).Append('\n').Append(turn.Content).Append("<|im_end|>\n");

    private static void Plain(StringBuilder text, PromptMessage turn, int index)
    {
        if (turn.Role == PromptRole.Assistant) text.Append("Label: ");
        text.Append(turn.Content).Append(turn.Role == PromptRole.User ? "\n" : "\n\n");
    }

    /// <summary>The system's words stand before the first user turn, as Gemma knows no system turn.</summary>
    private static void Gemma(StringBuilder text, PromptMessage turn, int index)
    {
        if (turn.Role == PromptRole.System)
        {
            text.Append("<start_of_turn>user\n").Append(turn.Content).Append("\n\n");
            return;
        }
        bool open = index == 1 && text.Length > 0 && turn.Role == PromptRole.User;
        if (!open) text.Append("<start_of_turn>").Append(turn.Role == PromptRole.Assistant ? "model" : "user").Append('\n');
        text.Append(turn.Content).Append("<end_of_turn>\n");
    }

    private static Action<StringBuilder, PromptMessage, int> Instructions(bool systemTags) => (text, turn, index) =>
    {
        switch (turn.Role)
        {
            case PromptRole.System when systemTags:
                text.Append("[INST] <<SYS>>\n").Append(turn.Content).Append("\n<</SYS>>\n\n");
                break;
            case PromptRole.System:
                text.Append("[INST] ").Append(turn.Content).Append("\n\n");
                break;
            case PromptRole.User:
                if (index != 1) text.Append("[INST] ");
                text.Append(turn.Content).Append(" [/INST]");
                break;
            default:
                text.Append(' ').Append(turn.Content).Append(" </s>");
                if (systemTags) text.Append("<s>");
                break;
        }
    };
}
