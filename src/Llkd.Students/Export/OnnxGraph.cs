using System.Globalization;

namespace Llkd.Students.Export;

/// <summary>
/// Builds an ONNX model node by node and writes it. Field numbers are those of onnx.proto
/// (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). Values are known by their names.
/// </summary>
internal sealed class OnnxGraph
{
    /// <summary>Version of ONNX's operators: the first with LayerNormalization, so that many runtimes know it.</summary>
    public const int Opset = 17;

    /// <summary>Version of the file format that came with it.</summary>
    public const int IrVersion = 8;

    /// <summary>Most bytes of a file: protobuf's own limit. Weights in further files ("external data") are not written.</summary>
    public const long MostBytes = int.MaxValue;

    private readonly OnnxMessage _graph = new OnnxMessage().Text(2, "student");
    private readonly HashSet<string> _initializers = new(StringComparer.Ordinal);
    private int _count;

    public enum Element { Float = 1, UInt8 = 2, Int8 = 3, Int64 = 7 }

    /// <summary>A model input of dynamic size.</summary>
    public string Input(string name, Element type, params ReadOnlySpan<string> dimensions)
    {
        _graph.Message(11, Value(name, type, dimensions));
        return name;
    }

    /// <summary>Names a value as the model's output.</summary>
    /// <param name="value">The value.</param>
    /// <param name="name">Name of the output.</param>
    /// <param name="type">Element type.</param>
    /// <param name="dimensions">A name for a dynamic size, a number for a fixed one.</param>
    public void Output(string value, string name, Element type, params ReadOnlySpan<string> dimensions)
    {
        _graph.Message(1, NodeOf("Identity", [value], [name]));
        _graph.Message(12, Value(name, type, dimensions));
    }

    public string Floats(string name, float[] values, params ReadOnlySpan<int> shape) => Tensor(name, Element.Float, values, shape);

    public string Bytes(string name, sbyte[] values, params ReadOnlySpan<int> shape) => Tensor(name, Element.Int8, values, shape);

    public string Numbers(params long[] values) =>
        Tensor("numbers:" + string.Join(',', values), Element.Int64, values, [values.Length]);

    /// <summary>A number without dimensions.</summary>
    public string Number(long value) => Tensor("number:" + value.ToString(CultureInfo.InvariantCulture), Element.Int64, [value], []);

    public string Scalar(float value) => Tensor("scalar:" + value.ToString("R", CultureInfo.InvariantCulture), Element.Float, [value], []);

    /// <summary>A node with one output.</summary>
    public string Node(string op, string[] inputs, params ReadOnlySpan<(string Name, object Value)> attributes) =>
        Node(op, inputs, 1, attributes)[0];

    /// <summary>A node with several outputs.</summary>
    public string[] Node(string op, string[] inputs, int outputs, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        string[] names = [.. Enumerable.Range(0, outputs).Select(i => string.Create(CultureInfo.InvariantCulture, $"{op}_{_count++}"))];
        _graph.Message(1, NodeOf(op, inputs, names, attributes));
        return names;
    }

    public string Cast(string value, Element type) => Node("Cast", [value], ("to", (long)type));

    /// <summary>Writes the model.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">It would be larger than a protobuf message may be.</exception>
    public void Save(string path)
    {
        OnnxMessage model = new OnnxMessage()
            .Number(1, IrVersion)
            .Text(2, "llkd")
            .Message(7, _graph)
            .Message(8, new OnnxMessage().Text(1, "").Number(2, Opset));
        if (model.Length > MostBytes)
            throw new InputException(string.Create(CultureInfo.InvariantCulture,
                $"The ONNX file would have {model.Length:N0} bytes; more than {MostBytes:N0} need weights in separate files (external data), which are not written. Export with --int8, or train a smaller student."));
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        model.WriteTo(file);
    }

    private string Tensor<T>(string name, Element type, T[] values, ReadOnlySpan<int> shape) where T : unmanaged
    {
        if (!_initializers.Add(name)) return name;
        var tensor = new OnnxMessage();
        foreach (int size in shape) tensor.Number(1, size);
        _graph.Message(5, tensor.Number(2, (long)type).Text(8, name).Packed(9, values));
        return name;
    }

    private static OnnxMessage NodeOf(
        string op, string[] inputs, string[] outputs, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        var node = new OnnxMessage();
        foreach (string input in inputs) node.Text(1, input);
        foreach (string output in outputs) node.Text(2, output);
        node.Text(3, outputs[0]).Text(4, op);
        foreach ((string name, object value) in attributes) node.Message(5, Attribute(name, value));
        return node;
    }

    private static OnnxMessage Attribute(string name, object value)
    {
        OnnxMessage attribute = new OnnxMessage().Text(1, name);
        switch (value)
        {
            case float real: return attribute.Real(2, real).Number(20, 1);
            case long number: return attribute.Number(3, number).Number(20, 2);
            case long[] numbers:
                foreach (long number in numbers) attribute.Number(8, number);
                return attribute.Number(20, 7);
            default: throw new ArgumentException($"Attributes of type {value.GetType()} are not written.", nameof(value));
        }
    }

    private static OnnxMessage Value(string name, Element type, ReadOnlySpan<string> dimensions)
    {
        var shape = new OnnxMessage();
        foreach (string dimension in dimensions)
            shape.Message(1, long.TryParse(dimension, NumberStyles.None, CultureInfo.InvariantCulture, out long size)
                ? new OnnxMessage().Number(1, size)
                : new OnnxMessage().Text(2, dimension));
        OnnxMessage tensor = new OnnxMessage().Number(1, (long)type).Message(2, shape);
        return new OnnxMessage().Text(1, name).Message(2, new OnnxMessage().Message(1, tensor));
    }
}
