using System.Text.Json;
using Llkd.Documents;

namespace Llkd.Tokenizers;

/// <summary>tokenizer_config.json and special_tokens_map.json, as far as a tokenizer needs them. Both may be missing.</summary>
internal sealed class TokenizerConfig
{
    private readonly Dictionary<string, JsonElement> _values = new(StringComparer.Ordinal);

    /// <exception cref="InputException">A file is no JSON object.</exception>
    public TokenizerConfig(string folder)
    {
        foreach (string name in (string[])["special_tokens_map.json", "tokenizer_config.json"])
        {
            string path = Path.Combine(folder, name);
            if (!File.Exists(path)) continue;
            try
            {
                using JsonDocument json = JsonDocument.Parse(InputFile.ReadBytes(path));
                foreach (JsonProperty property in json.RootElement.EnumerateObject()) _values[property.Name] = property.Value.Clone();
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                throw new InputException($"{path} is not a JSON object: {e.Message}", e);
            }
        }
    }

    /// <summary>A yes or no; null where there is none.</summary>
    public bool? Flag(string key) => _values.TryGetValue(key, out JsonElement value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : null;

    /// <summary>`tokenizer_class`, the name of Hugging Face's class; null where there is none.</summary>
    public string? Class => _values.TryGetValue("tokenizer_class", out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>`model_max_length`; null where there is none, or the huge number that stands for none.</summary>
    public int? MaxLength =>
        _values.TryGetValue("model_max_length", out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.GetDouble() is >= 3 and <= 1 << 20 and double length
            ? (int)length : null;

    /// <summary>A special token, written as text or as a description of one; null where there is none.</summary>
    public string? Token(string key)
    {
        if (!_values.TryGetValue(key, out JsonElement value)) return null;
        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("content", out JsonElement content)) value = content;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }
}
