using Llkd.Models;
using Llkd.Tokenizers;

namespace Llkd.Inference;

/// <summary>Longest input of a model, in tokens.</summary>
internal static class ModelLength
{
    /// <summary>Limit of a model without positions, the n-gram student's; it bounds the memory one text can ask for.</summary>
    private const int Unbounded = 1 << 20;

    /// <summary>The smaller of what the position embeddings and the tokenizer's configuration allow.</summary>
    public static int Of(string folder, ModelConfig config)
    {
        int positions = config.ModelType switch
        {
            "llkd-ngram" => Unbounded,
            // These count positions from the padding's number on.
            "roberta" or "xlm-roberta" => config.Number("max_position_embeddings", 4, Unbounded) - config.Number("pad_token_id", 0, Unbounded, 1) - 1,
            _ => config.Number("max_position_embeddings", 3, Unbounded),
        };
        return Math.Min(positions, TokenizerFolder.MaxLength(folder) ?? Unbounded);
    }
}
