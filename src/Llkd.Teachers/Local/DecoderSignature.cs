using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Llkd.Teachers.Local;

/// <summary>What an input of a model takes.</summary>
internal enum DecoderInputKind { Ids, Mask, Positions, LogitsToKeep, Past, Rows, Bias }

/// <summary>One input of a model.</summary>
/// <param name="Kind">What it takes.</param>
/// <param name="Index">Of keys and values, the index among them.</param>
internal readonly record struct DecoderInput(DecoderInputKind Kind, int Index = 0);

/// <summary>
/// Inputs and outputs of a decoder as communities export it: input_ids, attention_mask, position_ids (not in all),
/// num_logits_to_keep (in few), past_key_values.N.key and .value; logits, present.N.key and .value.
/// </summary>
internal sealed class DecoderSignature
{
    private DecoderSignature(IReadOnlyList<string> names, IReadOnlyList<DecoderInput> inputs, IReadOnlyList<string> presents) =>
        (InputNames, Inputs, Presents) = (names, inputs, presents);

    /// <summary>Names of the inputs, in the order of <see cref="Inputs"/>.</summary>
    public IReadOnlyList<string> InputNames { get; }

    /// <summary>The inputs.</summary>
    public IReadOnlyList<DecoderInput> Inputs { get; }

    /// <summary>Names of the outputs of keys and values: layer by layer, key before value.</summary>
    public IReadOnlyList<string> Presents { get; }

    /// <summary>Whether the input <see cref="DecoderEdit.Rows"/> says whose logits are wanted.</summary>
    public bool ChoosesRows => Inputs.Any(input => input.Kind == DecoderInputKind.Rows);

    /// <summary>Whether the input <see cref="DecoderEdit.Bias"/> hides texts from each other.</summary>
    public bool HidesTexts => Inputs.Any(input => input.Kind == DecoderInputKind.Bias);

    /// <summary>Longest input.</summary>
    public int Positions { get; private init; }

    /// <summary>Number format of keys and values.</summary>
    public TensorElementType KeyValueType { get; private init; }

    /// <summary>Heads of keys and values.</summary>
    public int KeyValueHeads { get; private init; }

    /// <summary>Size of a head.</summary>
    public int HeadSize { get; private init; }

    /// <summary>Size of the next-token distribution.</summary>
    public int Vocabulary { get; private init; }

    /// <exception cref="InputException">The model is not of this layout, or does not fit config.json.</exception>
    public static DecoderSignature Of(InferenceSession session, string path, DecoderConfig config)
    {
        IReadOnlyDictionary<string, NodeMetadata> inputs = session.InputMetadata, outputs = session.OutputMetadata;
        InputException Wrong(string what) => new($"`teacher.path`: {path} {what}");
        foreach (string name in (string[])["input_ids", "attention_mask", "past_key_values.0.key"])
            if (!inputs.ContainsKey(name))
                throw Wrong($"has no input `{name}`, so it is no decoder that is exported with its keys and values (text-generation-with-past). Its inputs: {Some(session.InputNames)}.");
        if (!outputs.TryGetValue("logits", out NodeMetadata? logits)) throw Wrong($"has no output `logits`. Its outputs: {Some(session.OutputNames)}.");
        int layers = inputs.Keys.Count(name => name.StartsWith("past_key_values.", StringComparison.Ordinal) && name.EndsWith(".key", StringComparison.Ordinal));
        if (layers != config.Layers) throw Wrong($"has {layers} layers of keys and values, but `num_hidden_layers` in {config.Path} is {config.Layers}. The two belong to different models.");

        string[] names = [.. session.InputNames];
        DecoderInput[] kinds = [.. names.Select(name => Kind(name) ?? throw Wrong($"has the input `{name}`, which is not known here."))];
        string[] presents = [.. Enumerable.Range(0, layers).SelectMany(layer => new[] { Present(layer, "key"), Present(layer, "value") })];
        foreach (string present in presents) if (!outputs.ContainsKey(present)) throw Wrong($"has no output `{present}`. Its outputs: {Some(session.OutputNames)}.");
        foreach (string name in presents.Select(present => present.Replace("present", "past_key_values", StringComparison.Ordinal)))
        {
            if (!inputs.TryGetValue(name, out NodeMetadata? past)) throw Wrong($"has no input `{name}`.");
            if (past.Dimensions is not [_, var heads, _, var size] || !Fits(heads, config.KeyValueHeads) || !Fits(size, config.HeadSize))
                throw Wrong($"has the input `{name}` [{string.Join(", ", past.Dimensions)}], but {config.Path} makes it [-1, {config.KeyValueHeads}, -1, {config.HeadSize}] (`num_key_value_heads`, `head_dim`).");
        }
        int vocabulary = logits.Dimensions is [_, _, > 0 and var width] ? width : config.Vocabulary;
        if (vocabulary != config.Vocabulary) throw Wrong($"gives logits of {vocabulary} tokens, but `vocab_size` in {config.Path} is {config.Vocabulary}.");
        TensorElementType type = inputs["past_key_values.0.key"].ElementDataType;
        if (type is not (TensorElementType.Float or TensorElementType.Float16) || logits.ElementDataType is not (TensorElementType.Float or TensorElementType.Float16))
            throw Wrong($"has keys and values of {type} and logits of {logits.ElementDataType}; 32-bit and 16-bit floats are known here.");
        return new DecoderSignature(names, kinds, presents) { KeyValueType = type, KeyValueHeads = config.KeyValueHeads, HeadSize = config.HeadSize, Vocabulary = vocabulary, Positions = config.Positions };
    }

    private static DecoderInput? Kind(string name) => name switch
    {
        "input_ids" => new DecoderInput(DecoderInputKind.Ids),
        "attention_mask" => new DecoderInput(DecoderInputKind.Mask),
        "position_ids" => new DecoderInput(DecoderInputKind.Positions),
        "num_logits_to_keep" => new DecoderInput(DecoderInputKind.LogitsToKeep),
        DecoderEdit.Rows => new DecoderInput(DecoderInputKind.Rows),
        DecoderEdit.Bias => new DecoderInput(DecoderInputKind.Bias),
        _ => name.Split('.') is ["past_key_values", var layer, ("key" or "value") and var part] && int.TryParse(layer, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? new DecoderInput(DecoderInputKind.Past, 2 * number + (part == "value" ? 1 : 0)) : null,
    };

    private static string Present(int layer, string part) => string.Create(CultureInfo.InvariantCulture, $"present.{layer}.{part}");

    private static bool Fits(int dimension, int expected) => dimension < 0 || dimension == expected;

    private static string Some(IReadOnlyList<string> names) => string.Join(", ", names.Take(6)) + (names.Count > 6 ? string.Create(CultureInfo.InvariantCulture, $" and {names.Count - 6} more") : "");
}
