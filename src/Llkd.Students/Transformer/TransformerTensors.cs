using Llkd.Numerics;

namespace Llkd.Students.Transformer;

/// <summary>Names, sizes and first values of a network's tensors, under Hugging Face's names.</summary>
internal static class TransformerTensors
{
    private const double InitialDeviation = 0.02;

    public static string Words(EncoderFamily family) => family.Embeddings + "word_embeddings.weight";

    public static string Positions(EncoderFamily family) => family.Embeddings + "position_embeddings.weight";

    public static string Types(EncoderFamily family) => family.Embeddings + "token_type_embeddings.weight";

    /// <summary>All tensors, in the order of the forward pass. Which group a tensor belongs to: 0 the embeddings, 1 and up a layer, the last the head.</summary>
    public static IEnumerable<(string Name, long[] Size, int Group)> Of(TransformerShape s)
    {
        EncoderFamily f = s.Family;
        long h = s.Hidden;
        yield return (Words(f), [s.Vocabulary, h], 0);
        yield return (Positions(f), [s.Positions, h], 0);
        if (s.TokenTypes > 0) yield return (Types(f), [s.TokenTypes, h], 0);
        foreach ((string name, long[] size) in Norm(f.Embeddings + "LayerNorm", h)) yield return (name, size, 0);
        for (int layer = 0; layer < s.Layers; layer++)
        {
            string start = f.Layer(layer);
            (string, long[])[] parts =
            [
                .. Linear(start + f.Query, h, h),
                .. Linear(start + f.Key, h, h),
                .. Linear(start + f.Value, h, h),
                .. Linear(start + f.AttentionOutput, h, h),
                .. Norm(start + f.AttentionNorm, h),
                .. Linear(start + f.Intermediate, s.Intermediate, h),
                .. Linear(start + f.Output, h, s.Intermediate),
                .. Norm(start + f.OutputNorm, h),
            ];
            foreach ((string name, long[] size) in parts) yield return (name, size, layer + 1);
        }
        foreach ((string name, long[] size) in Linear(f.HeadDense, h, h)) yield return (name, size, s.Layers + 1);
        foreach ((string name, long[] size) in Linear(f.HeadOutput, s.Classes, h)) yield return (name, size, s.Layers + 1);
    }

    /// <summary>Whether a row of an embedding stands for padding, and so is never trained.</summary>
    public static bool HasPadding(TransformerShape s, string name) =>
        name == Words(s.Family) || (s.Family.CountsFromPadding && name == Positions(s.Family));

    /// <summary>N(0, 0.02²); biases and padding rows 0, layer norms 1.</summary>
    public static float[] Initial(TransformerShape shape, string name, long[] size, RandomStream random)
    {
        var values = new float[size.Aggregate(1L, (a, b) => a * b)];
        if (name.EndsWith(".bias", StringComparison.Ordinal)) return values;
        if (IsNorm(name))
        {
            Array.Fill(values, 1);
            return values;
        }
        for (int i = 0; i < values.Length; i++) values[i] = (float)(InitialDeviation * random.NextGaussian());
        if (HasPadding(shape, name)) Array.Clear(values, shape.PadId * shape.Hidden, shape.Hidden);
        return values;
    }

    public static bool IsNorm(string name) =>
        name.Contains("LayerNorm", StringComparison.Ordinal) || name.Contains("layer_norm", StringComparison.Ordinal);

    private static (string, long[])[] Linear(string name, long outputs, long inputs) =>
        [(name + ".weight", [outputs, inputs]), (name + ".bias", [outputs])];

    private static (string, long[])[] Norm(string name, long size) => [(name + ".weight", [size]), (name + ".bias", [size])];
}
