using System.Globalization;

namespace Llkd.Students.Export;

/// <summary>Sizes of an encoder, and the names its family gives to its parts.</summary>
internal sealed record EncoderSizes(int Layers, int Hidden, int Heads, int Classes, double Epsilon, int PadId);

/// <summary>
/// The graph of an encoder with a classification head (Devlin et al. 2019, Liu et al. 2019): inputs `input_ids` and
/// `attention_mask`, [batch, sequence] of int64; output `logits`, [batch, classes].
/// </summary>
internal sealed class EncoderGraph
{
    /// <summary>Added to the attention score of padding: its weight underflows to an exact 0.</summary>
    private const float Masked = -1e9f;

    private readonly OnnxGraph _graph = new();
    private readonly OnnxWeights _weights;
    private readonly EncoderSizes _sizes;
    private readonly IEncoderNames _names;

    private EncoderGraph(EncoderSizes sizes, IEncoderNames names, Func<OnnxGraph, OnnxWeights> weights)
    {
        (_sizes, _names) = (sizes, names);
        _weights = weights(_graph);
    }

    public static OnnxGraph Build(EncoderSizes sizes, IEncoderNames names, Func<OnnxGraph, OnnxWeights> weights)
    {
        var encoder = new EncoderGraph(sizes, names, weights);
        string ids = encoder._graph.Input("input_ids", OnnxGraph.Element.Int64, "batch", "sequence");
        string mask = encoder._graph.Input("attention_mask", OnnxGraph.Element.Int64, "batch", "sequence");
        string x = encoder.Embed(ids);
        string bias = encoder.MaskBias(mask);
        for (int layer = 0; layer < sizes.Layers; layer++) x = encoder.Layer(layer, x, bias);
        string first = encoder._graph.Node("Squeeze", [x, encoder._graph.Numbers(1)]);
        string logits = names.Head(encoder._graph, encoder._weights, first);
        encoder._graph.Output(logits, "logits", OnnxGraph.Element.Float, "batch", sizes.Classes.ToString(CultureInfo.InvariantCulture));
        return encoder._graph;
    }

    private string Embed(string ids)
    {
        string x = _weights.Embedding(_names.Word, ids);
        x = _graph.Node("Add", [x, _names.Positions(_graph, _weights, ids, _sizes.PadId)]);
        if (_names.TokenTypes(_graph, _weights) is { } types) x = _graph.Node("Add", [x, types]);
        return _weights.Norm(_names.EmbeddingNorm, x, _sizes.Epsilon);
    }

    private string MaskBias(string mask)
    {
        string absent = _graph.Node("Sub", [_graph.Scalar(1), _graph.Cast(mask, OnnxGraph.Element.Float)]);
        return _graph.Node("Unsqueeze", [_graph.Node("Mul", [absent, _graph.Scalar(Masked)]), _graph.Numbers(1, 2)]);
    }

    private string Layer(int layer, string x, string bias)
    {
        EncoderLayerNames names = _names.Layer(layer);
        // 1/√d goes into the query's weights: one pass over the scores less.
        float scale = 1 / MathF.Sqrt((float)_sizes.Hidden / _sizes.Heads);
        string q, k, v;
        if (layer < _sizes.Layers - 1)
        {
            string[] parts = _graph.Node("Split", [_weights.Linear(x, scale, names.Query, names.Key, names.Value)], 3, ("axis", -1L));
            (q, k, v) = (parts[0], parts[1], parts[2]);
        }
        else
        {
            // The head reads the first token only, so the last layer computes nothing else than it needs for that one.
            string[] parts = _graph.Node("Split", [_weights.Linear(x, 1, names.Key, names.Value)], 2, ("axis", -1L));
            (k, v) = (parts[0], parts[1]);
            x = _graph.Node("Slice", [x, _graph.Numbers(0), _graph.Numbers(1), _graph.Numbers(1)]);
            q = _weights.Linear(x, scale, names.Query);
        }
        string scores = _graph.Node("MatMul", [Heads(q, 0, 2, 1, 3), Heads(k, 0, 2, 3, 1)]);
        string attention = _graph.Node("Softmax", [_graph.Node("Add", [scores, bias])], ("axis", -1L));
        string attended = _graph.Node("Transpose", [_graph.Node("MatMul", [attention, Heads(v, 0, 2, 1, 3)])], ("perm", new long[] { 0, 2, 1, 3 }));
        attended = _graph.Node("Reshape", [attended, _graph.Numbers(0, 0, _sizes.Hidden)]);
        attended = _weights.Linear(attended, 1, names.AttentionOutput);
        x = _weights.Norm(names.AttentionNorm, _graph.Node("Add", [x, attended]), _sizes.Epsilon);
        string fed = _weights.Linear(Gelu(_weights.Linear(x, 1, names.Intermediate)), 1, names.Output);
        return _weights.Norm(names.OutputNorm, _graph.Node("Add", [x, fed]), _sizes.Epsilon);
    }

    /// <summary>[batch, sequence, hidden] → [batch, sequence, heads, hidden / heads], then turned.</summary>
    private string Heads(string x, params long[] order) => _graph.Node(
        "Transpose", [_graph.Node("Reshape", [x, _graph.Numbers(0, 0, _sizes.Heads, _sizes.Hidden / _sizes.Heads)])], ("perm", order));

    /// <summary>x Φ(x), written with the error function, as runtimes expect it where they replace it by one kernel.</summary>
    private string Gelu(string x)
    {
        string erf = _graph.Node("Erf", [_graph.Node("Div", [x, _graph.Scalar(MathF.Sqrt(2))])]);
        string twice = _graph.Node("Mul", [x, _graph.Node("Add", [erf, _graph.Scalar(1)])]);
        return _graph.Node("Mul", [twice, _graph.Scalar(0.5f)]);
    }
}
