using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Llkd.Students.Transformer;

/// <summary>One tensor of weights with its moments, in libtorch's memory and in ours.</summary>
/// <param name="name">Hugging Face's name.</param>
/// <param name="tensor">The weights; they require a gradient unless they are frozen.</param>
/// <param name="rate">Factor on the learning rate.</param>
internal sealed class NetworkWeight(string name, Tensor tensor, double rate = 1) : IDisposable
{
    private float[]? _first;
    private float[]? _second;

    public string Name { get; } = name;

    public Tensor Tensor { get; } = tensor;

    public long[] Shape { get; } = tensor.shape;

    /// <summary>Whether weight decay applies: not to biases and layer norms.</summary>
    public bool Decays { get; } = !name.EndsWith(".bias", StringComparison.Ordinal) && !TransformerTensors.IsNorm(name);

    /// <summary>Factor on the learning rate.</summary>
    public double Rate { get; } = rate;

    /// <summary>The weights in place, row-major. Valid while <see cref="Tensor"/> lives.</summary>
    public Span<float> Values => MemoryMarshal.Cast<byte, float>(Tensor.bytes);

    /// <summary>AdamW's first moment; made at first use, so that a student that only predicts has none.</summary>
    public float[] First => _first ??= new float[Tensor.numel()];

    /// <summary>AdamW's second moment.</summary>
    public float[] Second => _second ??= new float[Tensor.numel()];

    /// <summary>The gradient in place; the caller disposes of the tensor.</summary>
    /// <exception cref="InvalidOperationException">There was no backward pass.</exception>
    public Tensor Gradient() => Tensor.grad ?? throw new InvalidOperationException($"{Name} has no gradient.");

    /// <summary>The values of a contiguous CPU tensor, in place.</summary>
    public static Span<float> Span(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

    public void Dispose() => Tensor.Dispose();
}
