using System.Text;
using System.Text.Json;

namespace Llkd.Teachers.Models;

/// <summary>Reads answers of the protocol; fields that a server leaves out are not missed.</summary>
internal static class ReplyJson
{
    /// <summary>The answer of `chat/completions`.</summary>
    /// <exception cref="ModelException">It is no JSON, or not of this shape.</exception>
    public static ModelReply ReadChat(ReadOnlyMemory<byte> body) => Read(body, (choice, whole) =>
    {
        JsonElement message = choice.GetProperty("message");
        string text = Text(message, "content");
        if (text.Length == 0 && Text(message, "refusal") is { Length: > 0 } refusal)
            throw new ModelException(ModelFailure.Rejected, "the model refused to answer", reply: refusal);
        ReplyToken[]? tokens = null;
        if (choice.TryGetProperty("logprobs", out JsonElement logs) && logs.ValueKind == JsonValueKind.Object
            && logs.TryGetProperty("content", out JsonElement content) && content.ValueKind == JsonValueKind.Array && content.GetArrayLength() > 0)
            tokens = [.. content.EnumerateArray().Select(ChatToken)];
        return (text, tokens);
    });

    /// <summary>The answer of `completions`.</summary>
    /// <exception cref="ModelException">It is no JSON, or not of this shape.</exception>
    public static ModelReply ReadCompletion(ReadOnlyMemory<byte> body) => Read(body, (choice, whole) =>
    {
        string text = Text(choice, "text");
        ReplyToken[]? tokens = null;
        if (choice.TryGetProperty("logprobs", out JsonElement logs) && logs.ValueKind == JsonValueKind.Object)
        {
            // llama.cpp answers with the chat's shape here too.
            if (logs.TryGetProperty("content", out JsonElement content) && content.ValueKind == JsonValueKind.Array)
                tokens = [.. content.EnumerateArray().Select(ChatToken)];
            else if (logs.TryGetProperty("tokens", out JsonElement texts) && texts.ValueKind == JsonValueKind.Array)
                tokens = CompletionTokens(logs, texts);
            if (tokens is { Length: 0 }) tokens = null;
        }
        return (text, tokens);
    });

    private static ModelReply Read(ReadOnlyMemory<byte> body, Func<JsonElement, JsonElement, (string, ReplyToken[]?)> read)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            JsonElement root = document.RootElement;
            JsonElement choice = root.GetProperty("choices")[0];
            bool filtered = choice.TryGetProperty("finish_reason", out JsonElement reason) && reason.ValueKind == JsonValueKind.String && reason.ValueEquals("content_filter");
            if (filtered) throw new ModelException(ModelFailure.Rejected, "the endpoint's content filter stopped the answer", reply: Excerpt(body));
            (string text, ReplyToken[]? tokens) = read(choice, root);
            int prompt = 0, completion = 0;
            if (root.TryGetProperty("usage", out JsonElement usage) && usage.ValueKind == JsonValueKind.Object)
                (prompt, completion) = (Number(usage, "prompt_tokens"), Number(usage, "completion_tokens"));
            return new ModelReply(text, tokens, prompt, completion);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException or FormatException)
        {
            throw new ModelException(ModelFailure.Malformed, "the reply is no JSON of the protocol", reply: Excerpt(body), inner: e);
        }
    }

    private static ReplyToken ChatToken(JsonElement token)
    {
        TokenProbability chosen = Probability(token);
        TokenProbability[] top = token.TryGetProperty("top_logprobs", out JsonElement list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(Probability)] : [];
        return new ReplyToken(chosen, top);
    }

    private static ReplyToken[] CompletionTokens(JsonElement logs, JsonElement texts)
    {
        JsonElement own = logs.GetProperty("token_logprobs");
        bool hasTop = logs.TryGetProperty("top_logprobs", out JsonElement tops) && tops.ValueKind == JsonValueKind.Array;
        var tokens = new ReplyToken[texts.GetArrayLength()];
        for (int t = 0; t < tokens.Length; t++)
        {
            TokenProbability[] top = hasTop && tops[t].ValueKind == JsonValueKind.Object
                ? [.. tops[t].EnumerateObject().Select(pair => new TokenProbability(pair.Name, Probability(pair.Value.GetDouble())))] : [];
            tokens[t] = new ReplyToken(new TokenProbability(texts[t].GetString() ?? "", Probability(own[t].GetDouble())), top);
        }
        return tokens;
    }

    private static TokenProbability Probability(JsonElement token) =>
        new(token.GetProperty("token").GetString() ?? "", Probability(token.GetProperty("logprob").GetDouble()));

    private static double Probability(double log) => double.IsNaN(log) ? 0 : Math.Clamp(Math.Exp(log), 0, 1);

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    internal static int Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number > 0 ? number : 0;

    /// <summary>What came, cut to what a person reads.</summary>
    internal static string Excerpt(ReadOnlyMemory<byte> body)
    {
        string text = Encoding.UTF8.GetString(body.Span[..Math.Min(body.Length, 2000)]);
        return text.Length <= 500 ? text : text[..500] + "…";
    }
}
