using System.Globalization;
using Llkd.Students.Transformer;

namespace Llkd.Students.Export;

/// <summary>
/// The graph of an encoder with a classification head, as <see cref="TransformerNetwork"/> computes it: inputs
/// `input_ids` and `attention_mask`, [batch, sequence] of int64; output `logits`, [batch, classes].
/// </summary>
internal sealed class EncoderGraph
{
    /// <summary>Added to the attention score of padding: its weight underflows to an exact 0.</summary>
    private const float Masked = -1e9f;

    private readonly OnnxGraph _graph = new();
    private readonly OnnxWeights _weights;
    private readonly TransformerShape _shape;
    private readonly EncoderFamily _family;

    private EncoderGraph(TransformerShape shape, Func<OnnxGraph, OnnxWeights> weights)
    {
        (_shape, _family) = (shape, shape.Family);
        _weights = weights(_graph);
    }

    public static OnnxGraph Build(TransformerShape shape, Func<OnnxGraph, OnnxWeights> weights)
    {
        var encoder = new EncoderGraph(shape, weights);
        OnnxGraph graph = encoder._graph;
        string ids = graph.Input("input_ids", OnnxGraph.Element.Int64, "batch", "sequence");
        string mask = graph.Cast(graph.Input("attention_mask", OnnxGraph.Element.Int64, "batch", "sequence"), OnnxGraph.Element.Float);
        string x = encoder.Embed(ids);
        string bias = encoder.MaskBias(mask);
        for (int layer = 0; layer < shape.Layers; layer++) x = encoder.Layer(layer, x, bias);
        string logits = encoder.Head(encoder.Pool(x, mask));
        graph.Output(logits, "logits", OnnxGraph.Element.Float, "batch", shape.Classes.ToString(CultureInfo.InvariantCulture));
        return graph;
    }

    private string Embed(string ids)
    {
        string x = _graph.Node("Add", [_weights.Embedding(TransformerTensors.Words(_family), ids), Positions(ids)]);
        // One text is all of the first type, so its row is a constant and the model needs no third input.
        if (_shape.TokenTypes > 0)
            x = _graph.Node("Add", [x, _graph.Node("Gather", [_weights.Vector(TransformerTensors.Types(_family)), _graph.Number(0)], ("axis", 0L))]);
        return Norm(_family.Embeddings + "LayerNorm", x);
    }

    private string Positions(string ids)
    {
        string numbers;
        if (_family.CountsFromPadding)
        {
            string pad = _graph.Number(_shape.PadId);
            string token = _graph.Cast(_graph.Node("Not", [_graph.Node("Equal", [ids, pad])]), OnnxGraph.Element.Int64);
            string count = _graph.Node("Mul", [_graph.Node("CumSum", [token, _graph.Number(1)]), token]);
            numbers = _graph.Node("Add", [count, pad]);
        }
        else
        {
            string length = _graph.Node("Gather", [_graph.Node("Shape", [ids]), _graph.Number(1)], ("axis", 0L));
            numbers = _graph.Node("Range", [_graph.Number(0), length, _graph.Number(1)]);
        }
        return _graph.Node("Gather", [_weights.Vector(TransformerTensors.Positions(_family)), numbers]);
    }

    private string MaskBias(string mask)
    {
        string absent = _graph.Node("Sub", [_graph.Scalar(1), mask]);
        return _graph.Node("Unsqueeze", [_graph.Node("Mul", [absent, _graph.Scalar(Masked)]), _graph.Numbers(1, 2)]);
    }

    private string Layer(int layer, string x, string bias)
    {
        string name = _family.Layer(layer);
        // 1/√d goes into the query's weights: one pass over the scores less.
        float scale = 1 / MathF.Sqrt((float)_shape.Hidden / _shape.Heads);
        string q, k, v;
        if (layer < _shape.Layers - 1 || _shape.Pooling != Pooling.Cls)
        {
            string joint = _weights.Linear(x, scale, name + _family.Query, name + _family.Key, name + _family.Value);
            string[] parts = _graph.Node("Split", [joint], 3, ("axis", -1L));
            (q, k, v) = (parts[0], parts[1], parts[2]);
        }
        else
        {
            // The head reads the first token only, so the last layer computes nothing else than it needs for that one.
            string[] parts = _graph.Node("Split", [_weights.Linear(x, 1, name + _family.Key, name + _family.Value)], 2, ("axis", -1L));
            (k, v) = (parts[0], parts[1]);
            x = _graph.Node("Slice", [x, _graph.Numbers(0), _graph.Numbers(1), _graph.Numbers(1)]);
            q = _weights.Linear(x, scale, name + _family.Query);
        }
        string scores = _graph.Node("MatMul", [Heads(q, 0, 2, 1, 3), Heads(k, 0, 2, 3, 1)]);
        string attention = _graph.Node("Softmax", [_graph.Node("Add", [scores, bias])], ("axis", -1L));
        string attended = _graph.Node("Transpose", [_graph.Node("MatMul", [attention, Heads(v, 0, 2, 1, 3)])], ("perm", new long[] { 0, 2, 1, 3 }));
        attended = _graph.Node("Reshape", [attended, _graph.Numbers(0, 0, _shape.Hidden)]);
        attended = _weights.Linear(attended, 1, name + _family.AttentionOutput);
        x = Norm(name + _family.AttentionNorm, _graph.Node("Add", [x, attended]));
        string fed = _weights.Linear(Activate(_weights.Linear(x, 1, name + _family.Intermediate)), 1, name + _family.Output);
        return Norm(name + _family.OutputNorm, _graph.Node("Add", [x, fed]));
    }

    /// <summary>[batch, sequence, hidden] → [batch, hidden].</summary>
    private string Pool(string x, string mask)
    {
        if (_shape.Pooling == Pooling.Cls) return _graph.Node("Squeeze", [x, _graph.Numbers(1)]);
        string sum = _graph.Node("Squeeze", [_graph.Node("MatMul", [_graph.Node("Unsqueeze", [mask, _graph.Numbers(1)]), x]), _graph.Numbers(1)]);
        return _graph.Node("Div", [sum, _graph.Node("ReduceSum", [mask, _graph.Numbers(1)], ("keepdims", 1L))]);
    }

    private string Head(string x) => _weights.Head(
        _family.HeadOutput, _graph.Node(_family.IsDistil ? "Relu" : "Tanh", [_weights.Head(_family.HeadDense, x)]));

    private string Norm(string name, string x) => _weights.Norm(name, x, _shape.LayerNormEpsilon);

    /// <summary>[batch, sequence, hidden] → [batch, sequence, heads, hidden / heads], then turned.</summary>
    private string Heads(string x, params long[] order) => _graph.Node(
        "Transpose", [_graph.Node("Reshape", [x, _graph.Numbers(0, 0, _shape.Heads, _shape.Hidden / _shape.Heads)])], ("perm", order));

    /// <summary>GELU is written out as runtimes expect it where they replace it by one kernel.</summary>
    private string Activate(string x)
    {
        if (_shape.Activation == Activation.Relu) return _graph.Node("Relu", [x]);
        string inner;
        if (_shape.Activation == Activation.GeluTanh)
        {
            string cube = _graph.Node("Mul", [_graph.Node("Pow", [x, _graph.Scalar(3)]), _graph.Scalar(0.044715f)]);
            string scaled = _graph.Node("Mul", [_graph.Node("Add", [x, cube]), _graph.Scalar((float)Math.Sqrt(2 / Math.PI))]);
            inner = _graph.Node("Tanh", [scaled]);
        }
        else
        {
            inner = _graph.Node("Erf", [_graph.Node("Div", [x, _graph.Scalar(MathF.Sqrt(2))])]);
        }
        string twice = _graph.Node("Mul", [x, _graph.Node("Add", [inner, _graph.Scalar(1)])]);
        return _graph.Node("Mul", [twice, _graph.Scalar(0.5f)]);
    }
}
