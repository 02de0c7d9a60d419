using Llkd.Students.Weights;

namespace Llkd.Students.Export;

/// <summary>Number format of an exported model's weights.</summary>
public enum Precision
{
    /// <summary>32-bit floats, as trained.</summary>
    Float32,

    /// <summary>
    /// 8-bit integers: matrices by column, with activations quantised as they come (dynamic quantisation); embedding
    /// tables by row. The classification head stays in floats.
    /// </summary>
    Int8,
}

/// <summary>Puts a student's weights into a graph, in one precision or the other.</summary>
/// <param name="graph">The graph.</param>
/// <param name="tensors">The student's weights by name.</param>
/// <param name="precision">How they are kept.</param>
/// <param name="file">The file they are from, for messages.</param>
internal sealed class OnnxWeights(OnnxGraph graph, IReadOnlyDictionary<string, NamedTensor> tensors, Precision precision, string file)
{
    /// <summary>
    /// Largest quantised weight of a matrix: 7 bits, not 8. On processors without VNNI a pair of 8-bit products is added
    /// up in 16 bits with saturation, and 2 · 255 · 127 does not fit there; 2 · 255 · 63 does, so that answers are the
    /// same on every processor.
    /// </summary>
    private const float MatrixLimit = 63;

    /// <summary>Largest quantised value of an embedding table, which is only looked up.</summary>
    private const float TableLimit = 127;

    public bool Has(string name) => tensors.ContainsKey(name);

    /// <summary>A tensor as it is.</summary>
    public string Vector(string name)
    {
        NamedTensor tensor = Find(name);
        return graph.Floats(name, tensor.Data, [.. tensor.Shape.Select(size => checked((int)size))]);
    }

    /// <summary>Rows of a table by their numbers.</summary>
    public string Embedding(string name, string ids)
    {
        NamedTensor table = Find(name);
        int rows = (int)table.Shape[0], width = (int)table.Shape[1];
        if (precision == Precision.Float32) return graph.Node("Gather", [graph.Floats(name, table.Data, rows, width), ids]);
        var quantized = new sbyte[table.Data.Length];
        var scales = new float[rows];
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> values = table.Data.AsSpan(row * width, width);
            scales[row] = Scale(values, TableLimit);
            for (int i = 0; i < width; i++) quantized[row * width + i] = (sbyte)MathF.Round(values[i] / scales[row]);
        }
        string looked = graph.Cast(graph.Node("Gather", [graph.Bytes(name + "_quantized", quantized, rows, width), ids]), OnnxGraph.Element.Float);
        return graph.Node("Mul", [looked, graph.Node("Gather", [graph.Floats(name + "_scale", scales, rows, 1), ids])]);
    }

    /// <summary>x Wᵀ + b of linear layers that read the same x, their outputs side by side.</summary>
    /// <param name="x">[…, inputs].</param>
    /// <param name="scale">Factor of the first layer's outputs.</param>
    /// <param name="layers">Names without `.weight` and `.bias`; weights are [outputs, inputs], as PyTorch keeps them.</param>
    public string Linear(string x, float scale, params ReadOnlySpan<string> layers)
    {
        int inputs = (int)Find(layers[0] + ".weight").Shape[1], outputs = 0;
        foreach (string layer in layers) outputs += (int)Find(layer + ".weight").Shape[0];
        var weights = new float[inputs * outputs];
        var bias = new float[outputs];
        int column = 0;
        foreach (string layer in layers)
        {
            NamedTensor weight = Find(layer + ".weight");
            float factor = column == 0 ? scale : 1;
            ReadOnlySpan<float> b = Find(layer + ".bias").Data;
            for (int output = 0; output < b.Length; output++, column++)
            {
                bias[column] = factor * b[output];
                ReadOnlySpan<float> row = weight.Data.AsSpan(output * inputs, inputs);
                for (int input = 0; input < inputs; input++) weights[input * outputs + column] = factor * row[input];
            }
        }
        return Affine(layers[0] + (layers.Length > 1 ? "_and_next" : ""), x, weights, bias, precision);
    }

    /// <summary>x W + b in floats, for a head.</summary>
    /// <param name="name">Name without `.weight` and `.bias`.</param>
    /// <param name="x">[batch, inputs].</param>
    /// <param name="inputMajor">Whether W is [inputs, outputs]; else [outputs, inputs].</param>
    public string Head(string name, string x, bool inputMajor = false) => graph.Node(
        "Gemm", [x, Vector(name + ".weight"), Vector(name + ".bias")], ("transB", inputMajor ? 0L : 1L));

    public string Norm(string name, string x, double epsilon) => graph.Node(
        "LayerNormalization", [x, Vector(name + ".weight"), Vector(name + ".bias")], ("axis", -1L), ("epsilon", (float)epsilon));

    private string Affine(string name, string x, float[] weights, float[] bias, Precision kept)
    {
        int outputs = bias.Length, inputs = weights.Length / outputs;
        string b = graph.Floats(name + ".joint_bias", bias, outputs);
        if (kept == Precision.Float32)
            return graph.Node("Add", [graph.Node("MatMul", [x, graph.Floats(name + ".joint_weight", weights, inputs, outputs)]), b]);
        var scales = new float[outputs];
        foreach (ref float scale in scales.AsSpan()) scale = 0;
        for (int i = 0; i < weights.Length; i++) scales[i % outputs] = MathF.Max(scales[i % outputs], MathF.Abs(weights[i]));
        for (int j = 0; j < outputs; j++) scales[j] = scales[j] > 0 ? scales[j] / MatrixLimit : 1;
        var quantized = new sbyte[weights.Length];
        for (int i = 0; i < weights.Length; i++) quantized[i] = (sbyte)MathF.Round(weights[i] / scales[i % outputs]);
        string[] q = graph.Node("DynamicQuantizeLinear", [x], 3);
        string product = graph.Node("MatMulInteger",
            [q[0], graph.Bytes(name + ".joint_weight_quantized", quantized, inputs, outputs), q[2], graph.Bytes(name + ".joint_weight_zero", new sbyte[outputs], outputs)]);
        string factors = graph.Node("Mul", [q[1], graph.Floats(name + ".joint_weight_scale", scales, outputs)]);
        return graph.Node("Add", [graph.Node("Mul", [graph.Cast(product, OnnxGraph.Element.Float), factors]), b]);
    }

    private NamedTensor Find(string name) => tensors.TryGetValue(name, out NamedTensor? tensor)
        ? tensor
        : throw new InputException($"{file}: the tensor `{name}` is missing, so this model cannot be exported.");

    private static float Scale(ReadOnlySpan<float> values, float limit)
    {
        float most = 0;
        foreach (float value in values) most = MathF.Max(most, MathF.Abs(value));
        return most > 0 ? most / limit : 1;
    }
}
