using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Llkd.Students.Transformer;

/// <summary>One tensor of weights with AdamW's moments, all on one device.</summary>
/// <param name="name">Hugging Face's name.</param>
/// <param name="tensor">The weights; they require a gradient unless they are frozen.</param>
/// <param name="rate">Factor on the learning rate.</param>
internal sealed class NetworkWeight(string name, Tensor tensor, double rate = 1) : IDisposable
{
    private Tensor? _first;
    private Tensor? _second;

    public string Name { get; } = name;

    public Tensor Tensor { get; } = tensor;

    public long[] Shape { get; } = tensor.shape;

    /// <summary>Whether weight decay applies: not to biases and layer norms.</summary>
    public bool Decays { get; } = !name.EndsWith(".bias", StringComparison.Ordinal) && !TransformerTensors.IsNorm(name);

    /// <summary>Factor on the learning rate.</summary>
    public double Rate { get; } = rate;

    /// <summary>The weights in place, row-major; on the processor only. Valid while <see cref="Tensor"/> lives.</summary>
    public Span<float> Values => Span(Tensor);

    /// <summary>AdamW's first moment; made at first use, so that a student that only predicts has none.</summary>
    public Tensor First => _first ??= zeros_like(Tensor, requires_grad: false).DetachFromDisposeScope();

    /// <summary>AdamW's second moment.</summary>
    public Tensor Second => _second ??= zeros_like(Tensor, requires_grad: false).DetachFromDisposeScope();

    /// <summary>The gradient in place; the caller disposes of the tensor.</summary>
    /// <exception cref="InvalidOperationException">There was no backward pass.</exception>
    public Tensor Gradient() => Tensor.grad ?? throw new InvalidOperationException($"{Name} has no gradient.");

    /// <summary>The gradient in place, 0 where there was no backward pass yet.</summary>
    public Tensor GradientOrZero()
    {
        if (Tensor.grad is { } there) return there;
        Tensor zero = zeros_like(Tensor, requires_grad: false);
        Tensor.grad = zero;
        return zero;
    }

    /// <summary>A copy of a tensor's values, wherever it is.</summary>
    public static float[] Copy(Tensor tensor)
    {
        if (tensor.device_type == DeviceType.CPU) return Span(tensor).ToArray();
        using Tensor here = tensor.detach().cpu();
        return Span(here).ToArray();
    }

    /// <summary>Puts values into a tensor, wherever it is.</summary>
    public static void Write(Tensor tensor, float[] values)
    {
        if (tensor.device_type == DeviceType.CPU)
        {
            values.CopyTo(Span(tensor));
            return;
        }
        using IDisposable noGradient = no_grad();
        using Tensor here = torch.tensor(values, tensor.shape);
        tensor.copy_(here);
    }

    /// <summary>The values of a contiguous CPU tensor, in place.</summary>
    public static Span<float> Span(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

    public void Dispose()
    {
        Tensor.Dispose();
        _first?.Dispose();
        _second?.Dispose();
    }
}
