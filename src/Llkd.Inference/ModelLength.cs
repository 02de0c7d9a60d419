using System.Text.Json;
using Llkd.Documents;
using Llkd.Models;

namespace Llkd.Inference;

/// <summary>Longest input of a model, in tokens.</summary>
internal static class ModelLength
{
    /// <summary>Limit of a model without positions, the n-gram student's; it bounds the memory one text can ask for.</summary>
    private const int Unbounded = 1 << 20;

    private const string TokenizerFile = "tokenizer_config.json", TokenizerKey = "model_max_length";

    /// <summary>The smaller of what the position embeddings and the tokenizer's configuration allow.</summary>
    public static int Of(string folder, ModelConfig config)
    {
        int positions = config.ModelType switch
        {
            "llkd-ngram" => Unbounded,
            // These count positions from the padding's number on.
            "roberta" or "xlm-roberta" => config.Number("max_position_embeddings", 4, Unbounded) - config.Number("pad_token_id", 0, Unbounded) - 1,
            _ => config.Number("max_position_embeddings", 3, Unbounded),
        };
        return Math.Min(positions, Tokenizer(folder));
    }

    private static int Tokenizer(string folder)
    {
        string path = Path.Combine(folder, TokenizerFile);
        if (!File.Exists(path)) return Unbounded;
        try
        {
            using JsonDocument json = JsonDocument.Parse(InputFile.ReadText(path));
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty(TokenizerKey, out JsonElement value)
                || value.ValueKind != JsonValueKind.Number) return Unbounded;
            // Hugging Face writes 1e30 for "no limit".
            double length = value.GetDouble();
            return length >= Unbounded ? Unbounded
                : length >= 3 ? (int)length
                : throw new InputException($"{path}: `{TokenizerKey}` must be at least 3.");
        }
        catch (JsonException e)
        {
            throw new InputException($"{path} is not valid JSON: {e.Message}", e);
        }
    }
}
