using System.Text.Json;

namespace Llkd.TestServer;

/// <summary>Writes a reply of the protocol.</summary>
internal static class ChatReply
{
    public static byte[] Write(ChatRequest request, double[] q, IReadOnlyList<string> markers, Fault fault)
    {
        int best = 0;
        if (request.Temperature > 0) best = Draw(q);
        else
            for (int k = 1; k < q.Length; k++) if (q[k] > q[best]) best = k;
        (string[] before, string answer, string[] after) = Words(markers[best], fault);
        string[] tokens = [.. before, answer, .. after];
        int place = before.Length;
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("id", "reply");
            json.WriteString("object", request.IsChat ? "chat.completion" : "text_completion");
            json.WriteString("model", "test");
            json.WriteStartArray("choices");
            json.WriteStartObject();
            json.WriteNumber("index", 0);
            json.WriteString("finish_reason", "stop");
            if (request.IsChat)
            {
                json.WriteStartObject("message");
                json.WriteString("role", "assistant");
                json.WriteString("content", string.Concat(tokens));
                json.WriteEndObject();
            }
            else json.WriteString("text", string.Concat(tokens));
            if (request.TopLogProbabilities > 0 && fault != Fault.NoLogProbabilities)
            {
                if (request.IsChat) ChatTokens(json, tokens, place, q, markers, fault, request.TopLogProbabilities);
                else CompletionTokens(json, tokens, place, q, markers, fault, request.TopLogProbabilities);
            }
            else json.WriteNull("logprobs");
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteStartObject("usage");
            json.WriteNumber("prompt_tokens", Tokens(request.PromptCharacters));
            json.WriteNumber("completion_tokens", tokens.Length);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    /// <summary>One token for every four characters, as the server counts.</summary>
    public static int Tokens(int characters) => (characters + 3) / 4;

    private static (string[] Before, string Answer, string[] After) Words(string marker, Fault fault) => fault switch
    {
        Fault.ExtraWords => (["The", " answer", " is", ":"], " " + marker, [".", " I", " am", " sure", "."]),
        Fault.AnotherLanguage => (["Die", " Antwort", " lautet", " **"], marker, ["**", "."]),
        Fault.OutsideTheLabels => (["I", " would", " rather", " not", " say"], ".", []),
        _ => ([], marker, []),
    };

    /// <summary>The answer's alternatives: each label in two spellings, 3:1; the likeliest first.</summary>
    private static IEnumerable<(string Token, double P)> Alternatives(string answer, double[] q, IReadOnlyList<string> markers, int top)
    {
        string bare = answer.TrimStart();
        return markers.Take(q.Length)
            .SelectMany((marker, k) => new[] { (marker == bare ? answer : marker, 0.75 * q[k]), (marker == bare && answer != bare ? marker : " " + marker, 0.25 * q[k]) })
            .OrderByDescending(pair => pair.Item2).Take(top);
    }

    private static void ChatTokens(Utf8JsonWriter json, string[] tokens, int place, double[] q, IReadOnlyList<string> markers, Fault fault, int top)
    {
        json.WriteStartObject("logprobs");
        json.WriteStartArray("content");
        for (int t = 0; t < tokens.Length; t++)
        {
            (string Token, double P)[] list = t == place && fault != Fault.OutsideTheLabels ? [.. Alternatives(tokens[t], q, markers, top)] : [(tokens[t], 0.9)];
            json.WriteStartObject();
            json.WriteString("token", tokens[t]);
            json.WriteNumber("logprob", Log(list.First(pair => pair.Token == tokens[t]).P));
            json.WriteStartArray("top_logprobs");
            foreach ((string token, double p) in list)
            {
                json.WriteStartObject();
                json.WriteString("token", token);
                json.WriteNumber("logprob", Log(p));
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void CompletionTokens(Utf8JsonWriter json, string[] tokens, int place, double[] q, IReadOnlyList<string> markers, Fault fault, int top)
    {
        json.WriteStartObject("logprobs");
        json.WriteStartArray("tokens");
        foreach (string token in tokens) json.WriteStringValue(token);
        json.WriteEndArray();
        (string Token, double P)[][] lists = [.. tokens.Select((token, t) =>
            t == place && fault != Fault.OutsideTheLabels ? Alternatives(token, q, markers, top).ToArray() : [(token, 0.9)])];
        json.WriteStartArray("token_logprobs");
        for (int t = 0; t < tokens.Length; t++) json.WriteNumberValue(Log(lists[t].First(pair => pair.Token == tokens[t]).P));
        json.WriteEndArray();
        json.WriteStartArray("top_logprobs");
        foreach ((string Token, double P)[] list in lists)
        {
            json.WriteStartObject();
            foreach ((string token, double p) in list) json.WriteNumber(token, Log(p));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static double Log(double p) => p > 0 ? Math.Log(p) : -9999;

    private static int Draw(double[] q)
    {
#pragma warning disable CA5394 // No secret.
        double at = Random.Shared.NextDouble();
#pragma warning restore CA5394
        for (int k = 0; k < q.Length - 1; k++)
        {
            if (at < q[k]) return k;
            at -= q[k];
        }
        return q.Length - 1;
    }
}
