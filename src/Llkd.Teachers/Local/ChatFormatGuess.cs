using System.Text.Json;
using System.Text.Json.Nodes;
using Llkd.Documents;
using Llkd.Teachers.Prompting;
using Llkd.Tokenizers;

namespace Llkd.Teachers.Local;

/// <summary>Finds out which chat format a model was trained on: by its chat template, else by the tokens its tokenizer has.</summary>
internal static class ChatFormatGuess
{
    /// <summary>What a chat template of each format writes; the first that is found counts.</summary>
    private static readonly (string Written, string Format)[] Templates =
    [
        ("<|start_header_id|>", "llama-3"), ("<|im_start|>", "chatml"), ("<start_of_turn>", "gemma"), ("<<SYS>>", "llama-2"), ("[INST]", "mistral"),
    ];

    /// <summary>Tokens that only models of a chat format have.</summary>
    private static readonly (string Token, string Format)[] Tokens =
    [
        ("<|start_header_id|>", "llama-3"), ("<|im_start|>", "chatml"), ("<start_of_turn>", "gemma"), ("[INST]", "mistral"),
    ];

    /// <summary>The format and what it was guessed from.</summary>
    /// <exception cref="InputException">There is a chat template, and it is of no format that is known here.</exception>
    public static (PromptFormat Format, string Origin) Of(string folder, ITextTokenizer tokenizer)
    {
        if (Template(folder, out string file) is { } template)
        {
            foreach ((string written, string format) in Templates)
                if (template.Contains(written, StringComparison.Ordinal))
                    return (PromptFormat.Find(format == "chatml" && template.Contains("enable_thinking", StringComparison.Ordinal) ? "qwen-3" : format)!, file);
            throw new InputException(
                $"{file}: its chat template is of none of the formats known here. Name the nearest one by `teacher.template` ({string.Join(", ", PromptFormat.All.Where(known => !known.IsChat).Select(known => known.Name))}), or a template file.");
        }
        int around = tokenizer.Encode("", int.MaxValue, out _).Length;
        foreach ((string token, string format) in Tokens)
            if (tokenizer.Encode(token, int.MaxValue, out _).Length == around + 1) return (PromptFormat.Find(format)!, $"the token {token}");
        return (PromptFormat.Find("plain")!, "a tokenizer without tokens for chats");
    }

    private static string? Template(string folder, out string file)
    {
        file = Path.Combine(folder, "chat_template.jinja");
        if (File.Exists(file)) return InputFile.ReadText(file);
        file = Path.Combine(folder, "tokenizer_config.json");
        if (!File.Exists(file)) return null;
        try
        {
            return JsonNode.Parse(InputFile.ReadText(file)) is JsonObject json ? json["chat_template"] switch
            {
                JsonValue value when value.TryGetValue(out string? text) => text,
                // Several by name; they are of one format.
                JsonArray list => string.Concat(list.Select(entry => entry?["template"]?.ToString())),
                _ => null,
            } : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new InputException($"{file} is not a JSON object: {e.Message}", e);
        }
    }
}
