using System.Text.Json;
using System.Text.RegularExpressions;

namespace Llkd.TestServer;

/// <summary>What the server understands of a request.</summary>
internal sealed partial record ChatRequest(bool IsChat, string Text, int TopLogProbabilities, double Temperature, int PromptCharacters, IReadOnlyList<string> Echoed)
{
    public static ChatRequest Parse(byte[] body)
    {
        using JsonDocument document = JsonDocument.Parse(body);
        JsonElement root = document.RootElement;
        bool chat = root.TryGetProperty("messages", out JsonElement messages);
        bool echo = root.TryGetProperty("echo", out JsonElement repeated) && repeated.GetBoolean();
        string[] prompts = chat ? [] : root.GetProperty("prompt") is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray().Select(prompt => prompt.GetString()!)] : [root.GetProperty("prompt").GetString()!];
        string last = chat ? messages[messages.GetArrayLength() - 1].GetProperty("content").GetString()! : prompts[^1];
        int characters = chat ? messages.EnumerateArray().Sum(message => message.GetProperty("content").GetString()!.Length) : prompts.Sum(prompt => prompt.Length);
        int top = chat
            ? root.TryGetProperty("logprobs", out JsonElement wanted) && wanted.GetBoolean() && root.TryGetProperty("top_logprobs", out JsonElement count) ? count.GetInt32() : 0
            : root.TryGetProperty("logprobs", out JsonElement number) ? number.GetInt32() : 0;
        return new ChatRequest(chat, TextOf(last), top, root.TryGetProperty("temperature", out JsonElement temperature) ? temperature.GetDouble() : 1, characters, echo ? prompts : []);
    }

    /// <summary>The text between the last two delimiter lines; the whole where there are none.</summary>
    private static string TextOf(string content)
    {
        MatchCollection lines = DelimiterLine().Matches(content);
        if (lines.Count < 2) return content;
        Match begin = lines[^2], end = lines[^1];
        return content[(begin.Index + begin.Length + 1)..(end.Index - 1)];
    }

    [GeneratedRegex(@"^-----[0-9a-f]{10}-----$", RegexOptions.Multiline)]
    private static partial Regex DelimiterLine();
}
