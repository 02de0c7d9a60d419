using TorchSharp;
using static TorchSharp.torch;

namespace Llkd.Students.Transformer;

/// <summary>
/// Weights in bf16, made from the fp32 ones when they are first needed after a step and shared by its scoring and training
/// passes. They are part of the graph, so a gradient goes on to the fp32 weight and is added up there, in fp32.
/// </summary>
internal sealed class LowPrecision(IReadOnlyDictionary<string, Tensor> weights, bool emulated)
{
    private readonly Dictionary<string, Tensor> _copies = new(StringComparer.Ordinal);

    public Tensor Of(string name)
    {
        if (_copies.TryGetValue(name, out Tensor? copy)) return copy;
        using IDisposable gradient = enable_grad();
        copy = Of(weights[name]).DetachFromDisposeScope();
        _copies.Add(name, copy);
        return copy;
    }

    /// <summary>In bf16, or rounded to it: the gradient is rounded on its way back as well.</summary>
    public Tensor Of(Tensor x)
    {
        Tensor low = x.to_type(ScalarType.BFloat16);
        if (!emulated) return low;
        using (low) return low.to_type(ScalarType.Float32);
    }

    public void Forget()
    {
        foreach (Tensor copy in _copies.Values) copy.Dispose();
        _copies.Clear();
    }
}
