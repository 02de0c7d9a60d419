using System.Globalization;
using System.Text.Json;

namespace Llkd.Teachers.Models;

/// <summary>Reads what an endpoint says with an error status.</summary>
internal static class ErrorReply
{
    public static ModelException Read(int status, ReadOnlyMemory<byte> body, TimeSpan? retryAfter, bool askedForLogProbabilities)
    {
        (string message, string code, string parameter) = Parse(body);
        string shown = string.Create(CultureInfo.InvariantCulture, $"{status}: {(message.Length > 0 ? message : "no explanation")}");
        bool quota = code is "insufficient_quota" or "billing_hard_limit_reached" or "billing_not_active";
        ModelFailure failure = status switch
        {
            402 => ModelFailure.QuotaExhausted,
            429 => quota ? ModelFailure.QuotaExhausted : ModelFailure.Busy,
            403 or 400 when quota => ModelFailure.QuotaExhausted,
            401 or 403 => ModelFailure.KeyRefused,
            404 => ModelFailure.NotFound,
            408 or 409 or >= 500 => ModelFailure.Unavailable,
            _ when askedForLogProbabilities && (parameter.Contains("logprobs", StringComparison.Ordinal) || message.Contains("logprobs", StringComparison.OrdinalIgnoreCase) || message.Contains("echo", StringComparison.OrdinalIgnoreCase)) =>
                ModelFailure.NoLogProbabilities,
            _ => ModelFailure.Rejected,
        };
        return new ModelException(failure, shown, retryAfter, ReplyJson.Excerpt(body));
    }

    private static (string Message, string Code, string Parameter) Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return ("", "", "");
            if (!root.TryGetProperty("error", out JsonElement error)) error = root;
            if (error.ValueKind == JsonValueKind.String) return (Cut(error.GetString()!), "", "");
            if (error.ValueKind != JsonValueKind.Object) return ("", "", "");
            string code = Text(error, "code");
            return (Cut(Text(error, "message")), code.Length > 0 ? code : Text(error, "type"), Text(error, "param"));
        }
        catch (JsonException)
        {
            return (Cut(ReplyJson.Excerpt(body).ReplaceLineEndings(" ").Trim()), "", "");
        }
    }

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static string Cut(string text) => text.Length <= 300 ? text : text[..300] + "…";
}
