using System.Text.Json;

namespace Llkd.Teachers.Models;

/// <summary>
/// Reads the log-probabilities of answers that stood at the end of prompts, from a reply of `completions` with `echo`: the
/// tokens of the prompt come back, each with its log-probability. An answer's is the sum of its tokens'; a token that
/// reaches over its beginning counts whole.
/// </summary>
internal static class EchoJson
{
    /// <param name="body">The reply.</param>
    /// <param name="answers">What stood behind each prompt, in the order of the prompts.</param>
    /// <exception cref="ModelException">It is no JSON, not of this shape, or has no log-probabilities of the prompts.</exception>
    public static AnswerScores Read(ReadOnlyMemory<byte> body, IReadOnlyList<string> answers)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            JsonElement root = document.RootElement;
            var scores = new double[answers.Count];
            Array.Fill(scores, double.NaN);
            foreach (JsonElement choice in root.GetProperty("choices").EnumerateArray())
            {
                int index = choice.GetProperty("index").GetInt32();
                scores[index] = Score(choice, answers[index]) ?? throw new ModelException(ModelFailure.NoLogProbabilities, "the reply does not repeat the prompt with log-probabilities", reply: ReplyJson.Excerpt(body));
            }
            if (scores.Any(double.IsNaN)) throw new FormatException("A prompt has no choice.");
            (int prompt, int completion) = root.TryGetProperty("usage", out JsonElement usage) && usage.ValueKind == JsonValueKind.Object
                ? (ReplyJson.Number(usage, "prompt_tokens"), ReplyJson.Number(usage, "completion_tokens")) : (0, 0);
            return new AnswerScores(scores, 0, prompt, completion);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException or ArgumentOutOfRangeException or FormatException)
        {
            throw new ModelException(ModelFailure.Malformed, "the reply is no JSON of the protocol", reply: ReplyJson.Excerpt(body), inner: e);
        }
    }

    /// <summary>The answer's log-probability; null where the reply has none.</summary>
    private static double? Score(JsonElement choice, string answer)
    {
        if (!choice.TryGetProperty("logprobs", out JsonElement logs) || logs.ValueKind != JsonValueKind.Object) return null;
        string[] tokens = [.. logs.GetProperty("tokens").EnumerateArray().Select(token => token.GetString() ?? "")];
        JsonElement own = logs.GetProperty("token_logprobs");
        // The last place: behind it stands the token that had to be written.
        int begin = string.Concat(tokens).LastIndexOf(answer, StringComparison.Ordinal), end = begin + answer.Length, at = 0;
        if (begin < 0) return null;
        double sum = 0;
        for (int t = 0; t < tokens.Length; at += tokens[t++].Length)
        {
            if (at >= end || at + tokens[t].Length <= begin) continue;
            if (own[t].ValueKind != JsonValueKind.Number) return null;
            sum += own[t].GetDouble();
        }
        return Math.Min(0, sum);
    }
}
