using System.Globalization;

namespace Llkd.TestModels;

/// <summary>The graph of a small decoder with random weights, with the inputs and outputs of community exports.</summary>
public sealed class DecoderGraph
{
    private const float Epsilon = 1e-5f, Theta = 10_000;

    private readonly DecoderShape _shape;
    private readonly OnnxFile _graph;
    private readonly DecoderWeights _weights;
    private string _cos = "", _sin = "", _bias = "", _lengths = "", _total = "";

    private DecoderGraph(DecoderShape shape, string path)
    {
        (_shape, _graph) = (shape, new OnnxFile(path, shape.WeightsApart));
        _weights = new DecoderWeights(_graph, shape);
    }

    private Element Type => _weights.Type;

    /// <summary>Writes the model.</summary>
    public static void Write(DecoderShape shape, string path)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var model = new DecoderGraph(shape, path);
        model.Build();
        model._graph.Save();
    }

    private void Build()
    {
        string ids = _graph.Input("input_ids", Element.Int64, "batch_size", "sequence_length");
        string mask = _graph.Input("attention_mask", Element.Int64, "batch_size", "total_sequence_length");
        string? positions = _shape.PositionIds ? _graph.Input("position_ids", Element.Int64, "batch_size", "sequence_length") : null;
        string? keep = _shape.LogitsToKeep ? _graph.Input("num_logits_to_keep", Element.Int64) : null;
        if (_shape.Layout == AttentionLayout.Plain) PrepareAttention(ids, mask, positions);
        else
        {
            if (_shape.TurnedBefore) PrepareAttention(ids, mask, positions);
            (string before, string beside) = (_cos, _sin);
            PrepareGroupQueryAttention(mask);
            if (_shape.TurnedBefore) (_cos, _sin) = (before, beside);
        }

        string x = _graph.Node("Gather", [_weights.Table("embed", _shape.Vocabulary, _shape.Hidden), ids]);
        for (int layer = 0; layer < _shape.Layers; layer++)
        {
            x = _graph.Node("Add", [x, Attention(layer, Norm($"norm1.{layer}", x))]);
            x = _graph.Node("Add", [x, FeedForward(layer, Norm($"norm2.{layer}", x))]);
        }
        x = Norm("norm", x);
        if (keep is not null)
            x = _graph.Node("Slice", [x, _graph.Node("Reshape", [_graph.Node("Neg", [keep]), _graph.Numbers(1)]), _graph.Numbers(int.MaxValue), _graph.Numbers(1)]);
        string logits = _weights.Linear("head", x, _shape.Hidden, _shape.Vocabulary, _shape.Sharpness);
        _graph.Output(logits, "logits", Type, "batch_size", "sequence_length", _shape.Vocabulary);
    }

    private string Norm(string name, string x)
    {
        // The mean of squares of 16-bit floats overflows soon.
        string wide = Type == Element.Float ? x : _graph.Cast(x, Element.Float);
        string square = _graph.Node("ReduceMean", [_graph.Node("Mul", [wide, wide])], ("axes", new long[] { -1 }), ("keepdims", 1L));
        string root = _graph.Node("Sqrt", [_graph.Node("Add", [square, _graph.Floats("epsilon", Element.Float, [Epsilon])])]);
        string normed = _graph.Node("Div", [wide, root]);
        return _graph.Node("Mul", [Type == Element.Float ? normed : _graph.Cast(normed, Type), _weights.Vector(name, _shape.Hidden, 1, 0.1f)]);
    }

    private string FeedForward(int layer, string x)
    {
        string gate = _weights.Linear($"gate.{layer}", x, _shape.Hidden, _shape.Inner);
        string up = _weights.Linear($"up.{layer}", x, _shape.Hidden, _shape.Inner);
        string silu = _graph.Node("Mul", [gate, _graph.Node("Sigmoid", [gate])]);
        return _weights.Linear($"down.{layer}", _graph.Node("Mul", [silu, up]), _shape.Inner, _shape.Hidden);
    }

    private string Attention(int layer, string x)
    {
        string name = layer.ToString(CultureInfo.InvariantCulture);
        object[] past = ["batch_size", _shape.KeyValueHeads, "past_sequence_length", _shape.HeadSize];
        string pastKey = _graph.Input($"past_key_values.{name}.key", Type, past), pastValue = _graph.Input($"past_key_values.{name}.value", Type, past);
        int width = _shape.Heads * _shape.HeadSize, small = _shape.KeyValueHeads * _shape.HeadSize;
        string q = _weights.Linear($"q.{name}", x, _shape.Hidden, width, _shape.Attention);
        string k = _weights.Linear($"k.{name}", x, _shape.Hidden, small);
        string v = _weights.Linear($"v.{name}", x, _shape.Hidden, small);
        (string mixed, string key, string value) = _shape.Layout == AttentionLayout.Plain
            ? PlainAttention(q, k, v, pastKey, pastValue) : GroupQueryAttention(q, k, v, pastKey, pastValue);
        object[] present = ["batch_size", _shape.KeyValueHeads, "total_sequence_length", _shape.HeadSize];
        _graph.Output(key, $"present.{name}.key", Type, present);
        _graph.Output(value, $"present.{name}.value", Type, present);
        return _weights.Linear($"o.{name}", mixed, width, _shape.Hidden);
    }

    /// <summary>Cosines and sines of the positions, and what hides later and masked tokens; the same for all layers.</summary>
    private void PrepareAttention(string ids, string mask, string? positions)
    {
        string length = Size(ids), total = Size(mask);
        positions ??= _graph.Node("Slice",
            [_graph.Node("Sub", [_graph.Node("CumSum", [mask, _graph.Number(1)]), _graph.Number(1)]), _graph.Node("Neg", [length]), _graph.Numbers(int.MaxValue), _graph.Numbers(1)]);
        string angles = _graph.Node("Mul",
            [_graph.Node("Unsqueeze", [_graph.Cast(positions, Element.Float), _graph.Numbers(-1)]), _graph.Floats("frequencies", Element.Float, Frequencies(), _shape.HeadSize / 2)]);
        string both = _graph.Node("Unsqueeze", [_graph.Node("Concat", [angles, angles], ("axis", -1L)), _graph.Numbers(1)]);
        (_cos, _sin) = (Typed(_graph.Node("Cos", [both])), Typed(_graph.Node("Sin", [both])));
        string One(string size) => _graph.Node("Reshape", [size, _graph.Tensor("none", Element.Int64, Array.Empty<long>(), 0)]);
        string keys = _graph.Node("Range", [_graph.Number(0), One(total), _graph.Number(1)]);
        string queries = _graph.Node("Range", [One(_graph.Node("Sub", [total, length])), One(total), _graph.Number(1)]);
        string earlier = _graph.Node("LessOrEqual", [_graph.Node("Unsqueeze", [keys, _graph.Numbers(0)]), _graph.Node("Unsqueeze", [queries, _graph.Numbers(1)])]);
        if (_shape.Window > 0)
        {
            string first = _graph.Node("Sub", [queries, _graph.Number(_shape.Window)]);
            earlier = _graph.Node("And", [earlier, _graph.Node("Greater", [_graph.Node("Unsqueeze", [keys, _graph.Numbers(0)]), _graph.Node("Unsqueeze", [first, _graph.Numbers(1)])])]);
        }
        string there = _graph.Node("Unsqueeze", [_graph.Cast(mask, Element.Bool), _graph.Numbers(1, 2)]);
        _bias = _graph.Node("Where", [_graph.Node("And", [earlier, there]), _graph.Floats("zero", Type, [0]), _graph.Floats("hidden", Type, [Type == Element.Float ? -1e9f : -6e4f])]);
    }

    private (string Mixed, string Key, string Value) PlainAttention(string q, string k, string v, string pastKey, string pastValue)
    {
        string key = _graph.Node("Concat", [pastKey, Turned(Split(k, _shape.KeyValueHeads))], ("axis", 2L));
        string value = _graph.Node("Concat", [pastValue, Split(v, _shape.KeyValueHeads)], ("axis", 2L));
        string scores = _graph.Node("MatMul", [Turned(Split(q, _shape.Heads)), _graph.Node("Transpose", [Repeated(key)], ("perm", new long[] { 0, 1, 3, 2 }))]);
        scores = _graph.Node("Add", [_graph.Node("Mul", [scores, _graph.Floats("scale", Type, [1 / MathF.Sqrt(_shape.HeadSize)])]), _shape.MaskInEachLayer ? _graph.Node("Identity", [_bias]) : _bias]);
        string mixed = _graph.Node("MatMul", [_graph.Node("Softmax", [scores], ("axis", -1L)), Repeated(value)]);
        return (Joined(mixed, _shape.Heads), key, value);
    }

    private void PrepareGroupQueryAttention(string mask)
    {
        var cos = new float[_shape.Positions * _shape.HeadSize / 2];
        var sin = new float[cos.Length];
        float[] frequencies = Frequencies();
        for (int i = 0; i < cos.Length; i++)
            (sin[i], cos[i]) = MathF.SinCos(i / frequencies.Length * frequencies[i % frequencies.Length]);
        _cos = _graph.Floats("cos_cache", Type, cos, _shape.Positions, frequencies.Length);
        _sin = _graph.Floats("sin_cache", Type, sin, _shape.Positions, frequencies.Length);
        string there = _graph.Node("ReduceSum", [mask, _graph.Numbers(1)], ("keepdims", 0L));
        _lengths = _graph.Cast(_graph.Node("Sub", [there, _graph.Number(1)]), Element.Int32);
        _total = _graph.Cast(_graph.Node("Gather", [_graph.Node("Shape", [mask]), _graph.Number(1)], ("axis", 0L)), Element.Int32);
    }

    private (string Mixed, string Key, string Value) GroupQueryAttention(string q, string k, string v, string pastKey, string pastValue)
    {
        string[] turns = _shape.TurnedBefore ? [] : [_cos, _sin];
        if (_shape.TurnedBefore) (q, k) = (Joined(Turned(Split(q, _shape.Heads)), _shape.Heads), Joined(Turned(Split(k, _shape.KeyValueHeads)), _shape.KeyValueHeads));
        string[] outputs = _graph.Nodes("GroupQueryAttention", "com.microsoft", [q, k, v, pastKey, pastValue, _lengths, _total, .. turns], 3,
            ("num_heads", (long)_shape.Heads), ("kv_num_heads", (long)_shape.KeyValueHeads), ("do_rotary", _shape.TurnedBefore ? 0L : 1L), ("local_window_size", _shape.Window > 0 ? _shape.Window : -1L));
        return (outputs[0], outputs[1], outputs[2]);
    }

    /// <summary>[batch, length, heads · size] to [batch, heads, length, size].</summary>
    private string Split(string x, int heads) => _graph.Node("Transpose", [_graph.Node("Reshape", [x, _graph.Numbers(0, 0, heads, _shape.HeadSize)])], ("perm", new long[] { 0, 2, 1, 3 }));

    /// <summary>[batch, heads, length, size] to [batch, length, heads · size].</summary>
    private string Joined(string x, int heads) => _graph.Node("Reshape", [_graph.Node("Transpose", [x], ("perm", new long[] { 0, 2, 1, 3 })), _graph.Numbers(0, 0, heads * _shape.HeadSize)]);

    /// <summary>Rotary positions (Su et al. 2021), by halves.</summary>
    private string Turned(string x)
    {
        string[] halves = _graph.Nodes("Split", "", [x], 2, ("axis", -1L));
        string crossed = _graph.Node("Concat", [_graph.Node("Neg", [halves[1]]), halves[0]], ("axis", -1L));
        return _graph.Node("Add", [_graph.Node("Mul", [x, _cos]), _graph.Node("Mul", [crossed, _sin])]);
    }

    /// <summary>Every head of keys and values once for each query head that shares it.</summary>
    private string Repeated(string x)
    {
        int times = _shape.Heads / _shape.KeyValueHeads;
        string expanded = _graph.Node("Expand", [_graph.Node("Unsqueeze", [x, _graph.Numbers(2)]), _graph.Numbers(1, 1, times, 1, 1)]);
        return _graph.Node("Reshape", [expanded, _graph.Numbers(0, _shape.Heads, -1, _shape.HeadSize)]);
    }

    /// <summary>Size of the second dimension, [1].</summary>
    private string Size(string value) => _graph.Node("Gather", [_graph.Node("Shape", [value]), _graph.Numbers(1)], ("axis", 0L));

    private string Typed(string value) => Type == Element.Float ? value : _graph.Cast(value, Type);

    private float[] Frequencies() => [.. Enumerable.Range(0, _shape.HeadSize / 2).Select(i => MathF.Pow(Theta, -2f * i / _shape.HeadSize))];
}
