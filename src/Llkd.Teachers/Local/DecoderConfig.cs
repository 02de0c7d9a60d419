using Llkd.Models;

namespace Llkd.Teachers.Local;

/// <summary>What config.json says of a decoder-only model.</summary>
/// <param name="Path">The file, for messages.</param>
/// <param name="ModelType">`model_type`; empty where there is none.</param>
/// <param name="Layers">`num_hidden_layers`.</param>
/// <param name="KeyValueHeads">`num_key_value_heads`; default: `num_attention_heads`.</param>
/// <param name="HeadSize">`head_dim`; default: `hidden_size` divided by `num_attention_heads`.</param>
/// <param name="Vocabulary">`vocab_size`.</param>
/// <param name="Positions">`max_position_embeddings`; where it is missing, the model's positions have no end.</param>
/// <param name="HasWindow">Whether attention, in some layer at least, looks back less far than positions reach: `sliding_window`, where `use_sliding_window` does not switch it off.</param>
internal sealed record DecoderConfig(string Path, string ModelType, int Layers, int KeyValueHeads, int HeadSize, int Vocabulary, int Positions, bool HasWindow)
{
    private const int Most = 1 << 24;

    /// <exception cref="InputException">The file is missing or broken, or a number is missing or out of range.</exception>
    public static DecoderConfig Load(string folder)
    {
        ModelConfig config = ModelConfig.Load(folder, labelsNeeded: false);
        int heads = config.Number("num_attention_heads", 1, 1 << 14);
        int positions = config.Number("max_position_embeddings", 16, Most, Most);
        bool hasWindow = config.Number("sliding_window", 0, int.MaxValue, 0) is > 0 and var window && window < positions && config.Flag("use_sliding_window") != false;
        return new DecoderConfig(
            System.IO.Path.Combine(folder, "config.json"), config.ModelType, config.Number("num_hidden_layers", 1, 1 << 12),
            config.Number("num_key_value_heads", 1, 1 << 14, heads),
            config.Number("head_dim", 1, 1 << 16, missing: config.Number("hidden_size", 1, Most, missing: 0) / heads),
            config.Number("vocab_size", 2, Most), positions, hasWindow);
    }
}
