using System.Text.Json;

namespace Llkd.TestServer;

/// <summary>
/// Writes a reply to prompts that are to be repeated with their tokens' log-probabilities, as vLLM does. The words of an
/// answer are its tokens, each with the share that the labels it leads to have of those before it, so that an answer with its
/// end has its label's probability; nine tenths of all probability are the labels'.
/// </summary>
internal static class EchoReply
{
    private const double OfLabels = 0.9;

    private static readonly string[] Ends = ["<|im_end|>", "<|eot_id|>", "<end_of_turn>", "</s>", "\n", ""];

    public static byte[] Write(ChatRequest request, double[] q, IReadOnlyList<string> markers, Fault fault)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("object", "text_completion");
            json.WriteStartArray("choices");
            // Not in the order of the prompts, which the protocol does not promise.
            for (int i = request.Echoed.Count - 1; i >= 0; i--)
            {
                (string Token, double? Log)[] tokens = [.. Tokens(request.Echoed[i], q, [.. markers.Take(q.Length)])];
                json.WriteStartObject();
                json.WriteNumber("index", i);
                json.WriteString("text", string.Concat(tokens.Select(token => token.Token)));
                json.WriteString("finish_reason", "length");
                if (fault == Fault.NoLogProbabilities) json.WriteNull("logprobs");
                else
                {
                    json.WriteStartObject("logprobs");
                    json.WriteStartArray("tokens");
                    foreach ((string token, _) in tokens) json.WriteStringValue(token);
                    json.WriteEndArray();
                    json.WriteStartArray("token_logprobs");
                    foreach ((_, double? log) in tokens)
                        if (log is { } value) json.WriteNumberValue(value);
                        else json.WriteNullValue();
                    json.WriteEndArray();
                    json.WriteEndObject();
                }
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartObject("usage");
            json.WriteNumber("prompt_tokens", ChatReply.Tokens(request.PromptCharacters));
            json.WriteNumber("completion_tokens", request.Echoed.Count);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    private static IEnumerable<(string Token, double? Log)> Tokens(string prompt, double[] q, string[] markers)
    {
        string end = Ends.First(text => prompt.EndsWith(text, StringComparison.Ordinal) && markers.Any(marker => prompt[..^text.Length].EndsWith(marker, StringComparison.Ordinal)));
        string bare = prompt[..^end.Length], answer = markers.Where(marker => bare.EndsWith(marker, StringComparison.Ordinal)).MaxBy(marker => marker.Length)!;
        int begin = bare.Length - answer.Length;
        bool spaced = prompt[begin - 1] == ' ';
        string before = prompt[..(begin - (spaced ? 1 : 0))];
        for (int at = 0; at < before.Length; at += 4) yield return (before.Substring(at, Math.Min(4, before.Length - at)), at == 0 ? null : -1);
        string written = "";
        double last = 1;
        foreach (string word in answer.Split(' '))
        {
            string token = written.Length == 0 ? word : " " + word;
            double share = markers.Select((marker, k) => (marker + " ").StartsWith(written + token + " ", StringComparison.Ordinal) ? q[k] : 0).Sum();
            yield return (spaced && written.Length == 0 ? " " + token : token, Math.Log(share / last * (written.Length == 0 ? OfLabels : 1)));
            (written, last) = (written + token, share);
        }
        if (end.Length > 0) yield return (end, Math.Log(q[Array.IndexOf(markers, answer)] / last));
        yield return ("!", -3);
    }
}
