using System.Text.Json;

namespace Llkd.Serving;

/// <summary>A call is refused with this status and message.</summary>
internal sealed class RefusedException(int status, string code, string message) : Exception(message)
{
    public int Status { get; } = status;

    /// <summary>What went wrong, for programs.</summary>
    public string Code { get; } = code;
}

/// <summary>The body of POST /v1/classify: <c>{"text": "…"}</c> or <c>{"texts": ["…", …]}</c>.</summary>
internal static class ClassifyRequest
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 4, CommentHandling = JsonCommentHandling.Disallow, AllowDuplicateProperties = false };

    public static string[] Parse(ReadOnlyMemory<byte> body, ServiceOptions limits)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(body, Strict);
            if (json.RootElement.ValueKind != JsonValueKind.Object) throw Wrong("The body must be a JSON object with `text` or `texts`.");
            string[]? texts = null;
            foreach (JsonProperty property in json.RootElement.EnumerateObject())
            {
                if (property.Name is not ("text" or "texts")) throw Wrong($"The key `{Cut(property.Name)}` is unknown; `text` and `texts` are known.");
                if (texts is not null) throw Wrong("Give `text` or `texts`, not both.");
                texts = property.Name == "text" ? [Text(property.Value, "text", limits)] : Texts(property.Value, limits);
            }
            return texts ?? throw Wrong("`text` or `texts` is missing.");
        }
        // System.Text.Json answers an escaped half of a surrogate pair with InvalidOperationException.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Wrong($"The body is not valid JSON in UTF-8: {e.Message}");
        }
    }

    private static string[] Texts(JsonElement value, ServiceOptions limits)
    {
        if (value.ValueKind != JsonValueKind.Array) throw Wrong("`texts` must be an array of strings.");
        int count = value.GetArrayLength();
        if (count == 0) throw Wrong("`texts` is empty.");
        if (count > limits.MaxTexts) throw new RefusedException(413, "too_many_texts", FormattableString.Invariant($"`texts` holds {count:N0} texts; a call takes at most {limits.MaxTexts:N0}. Send several calls."));
        var texts = new string[count];
        int i = 0;
        foreach (JsonElement element in value.EnumerateArray())
        {
            texts[i] = Text(element, $"texts[{i}]", limits);
            i++;
        }
        return texts;
    }

    private static string Text(JsonElement value, string where, ServiceOptions limits)
    {
        if (value.ValueKind != JsonValueKind.String) throw Wrong($"`{where}` must be a string.");
        string text = value.GetString()!;
        if (text.Length > limits.MaxTextLength)
            throw new RefusedException(413, "text_too_long", FormattableString.Invariant($"`{where}` has {text.Length:N0} characters; a text has at most {limits.MaxTextLength:N0}."));
        return text;
    }

    private static RefusedException Wrong(string message) => new(400, "bad_request", message);

    private static string Cut(string name) => name.Length <= 40 ? name : name[..(char.IsHighSurrogate(name[39]) ? 39 : 40)] + "…";
}
