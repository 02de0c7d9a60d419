using System.Globalization;
using System.Runtime.InteropServices;
using Llkd.Students.Export;

namespace Llkd.TestModels;

/// <summary>Element types; the numbers are onnx.proto's.</summary>
internal enum Element { Float = 1, UInt8 = 2, Int32 = 6, Int64 = 7, Bool = 9, Float16 = 10 }

/// <summary>
/// Builds an ONNX model node by node and writes it; field numbers are those of onnx.proto
/// (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). Knows com.microsoft's operators too, which exported students never use.
/// </summary>
/// <param name="path">Where the model goes.</param>
/// <param name="apart">Whether tensors go into a file beside it, as those of large models do.</param>
internal sealed class OnnxFile(string path, bool apart)
{
    private readonly List<byte> _apart = [];
    private readonly OnnxMessage _graph = new OnnxMessage().Text(2, "decoder");
    private readonly HashSet<string> _initializers = new(StringComparer.Ordinal);
    private int _count;

    public string Input(string name, Element type, params ReadOnlySpan<object> dimensions)
    {
        _graph.Message(11, Value(name, type, dimensions));
        return name;
    }

    public void Output(string value, string name, Element type, params ReadOnlySpan<object> dimensions)
    {
        _graph.Message(1, NodeOf("Identity", "", [value], [name], []));
        _graph.Message(12, Value(name, type, dimensions));
    }

    public string Node(string op, string[] inputs, params ReadOnlySpan<(string, object)> attributes) => Nodes(op, "", inputs, 1, attributes)[0];

    public string[] Nodes(string op, string domain, string[] inputs, int outputs, params ReadOnlySpan<(string, object)> attributes)
    {
        string[] names = [.. Enumerable.Range(0, outputs).Select(i => string.Create(CultureInfo.InvariantCulture, $"{op}_{_count++}"))];
        _graph.Message(1, NodeOf(op, domain, inputs, names, attributes));
        return names;
    }

    public string Cast(string value, Element type) => Node("Cast", [value], ("to", (long)type));

    public string Numbers(params long[] values) => Tensor("numbers:" + string.Join(',', values), Element.Int64, values, values.Length);

    public string Number(long value) => Tensor("number:" + value.ToString(CultureInfo.InvariantCulture), Element.Int64, new[] { value });

    /// <summary>Numbers in 32- or 16-bit floats.</summary>
    public string Floats(string name, Element type, float[] values, params ReadOnlySpan<int> shape) =>
        type == Element.Float ? Tensor(name, type, values, shape) : Tensor(name, type, Array.ConvertAll(values, value => (Half)value), shape);

    public string Tensor<T>(string name, Element type, T[] values, params ReadOnlySpan<int> shape) where T : unmanaged
    {
        if (!_initializers.Add(name)) return name;
        var tensor = new OnnxMessage();
        foreach (int size in shape) tensor.Number(1, size);
        tensor.Number(2, (long)type).Text(8, name);
        // Small ones are sizes and shapes, which the runtime wants to see before it opens any other file.
        if (apart && values.Length > 16)
        {
            OnnxMessage Entry(string key, string value) => new OnnxMessage().Text(1, key).Text(2, value);
            ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(values.AsSpan());
            tensor.Message(13, Entry("location", Path.GetFileName(path) + "_data"))
                .Message(13, Entry("offset", _apart.Count.ToString(CultureInfo.InvariantCulture)))
                .Message(13, Entry("length", bytes.Length.ToString(CultureInfo.InvariantCulture))).Number(14, 1);
            _apart.AddRange(bytes);
        }
        else if (typeof(T) == typeof(Half)) tensor.Packed(9, Array.ConvertAll((Half[])(object)values, BitConverter.HalfToUInt16Bits));
        else tensor.Packed(9, values);
        _graph.Message(5, tensor);
        return name;
    }

    public void Save()
    {
        OnnxMessage model = new OnnxMessage().Number(1, 8).Text(2, "llkd tests").Message(7, _graph)
            .Message(8, new OnnxMessage().Text(1, "").Number(2, 17))
            .Message(8, new OnnxMessage().Text(1, "com.microsoft").Number(2, 1));
        using FileStream file = File.Create(path);
        model.WriteTo(file);
        if (apart) File.WriteAllBytes(path + "_data", _apart.ToArray());
    }

    private static OnnxMessage NodeOf(string op, string domain, string[] inputs, string[] outputs, ReadOnlySpan<(string, object)> attributes)
    {
        var node = new OnnxMessage();
        foreach (string input in inputs) node.Text(1, input);
        foreach (string output in outputs) node.Text(2, output);
        node.Text(3, outputs[0]).Text(4, op);
        foreach ((string name, object value) in attributes)
        {
            OnnxMessage attribute = new OnnxMessage().Text(1, name);
            switch (value)
            {
                case float real: attribute.Real(2, real).Number(20, 1); break;
                case long number: attribute.Number(3, number).Number(20, 2); break;
                case long[] numbers:
                    foreach (long number in numbers) attribute.Number(8, number);
                    attribute.Number(20, 7);
                    break;
                default: throw new ArgumentException($"Attributes of type {value.GetType()} are not written.", nameof(attributes));
            }
            node.Message(5, attribute);
        }
        return domain.Length > 0 ? node.Text(7, domain) : node;
    }

    /// <summary>A name, element type and shape; a dimension is a number, or the name of a dynamic one.</summary>
    private static OnnxMessage Value(string name, Element type, ReadOnlySpan<object> dimensions)
    {
        var shape = new OnnxMessage();
        foreach (object dimension in dimensions)
            shape.Message(1, dimension is int size ? new OnnxMessage().Number(1, size) : new OnnxMessage().Text(2, (string)dimension));
        OnnxMessage tensor = new OnnxMessage().Number(1, (long)type).Message(2, shape);
        return new OnnxMessage().Text(1, name).Message(2, new OnnxMessage().Message(1, tensor));
    }
}
