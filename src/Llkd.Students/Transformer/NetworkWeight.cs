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
    private bool[]? _rows;

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

    /// <summary>
    /// Of an embedding table: rows whose gradient or moments may be other than 0. All others need nothing but weight decay, and
    /// of a large vocabulary most are never met. Empty: any weight may have a gradient.
    /// </summary>
    public ReadOnlySpan<bool> RowsInUse => _rows;

    /// <summary>The gradient in place; the caller disposes of the tensor.</summary>
    /// <exception cref="InvalidOperationException">There was no backward pass.</exception>
    public Tensor Gradient() => Tensor.grad ?? throw new InvalidOperationException($"{Name} has no gradient.");

    /// <summary>The gradient in place, to be written anywhere; 0 where there was no backward pass yet.</summary>
    public Tensor GradientOrZero()
    {
        _rows = null;
        return GradientOrNew();
    }

    /// <summary>Adds to the gradient of some rows.</summary>
    /// <param name="rows">Which, [n]; one may stand there several times.</param>
    /// <param name="gradient">What is added, [n, width].</param>
    /// <param name="except">A row that has no gradient; null: none.</param>
    public void AddToRows(Tensor rows, Tensor gradient, int? except)
    {
        using DisposeScope scope = NewDisposeScope();
        // Rows of other widths would be added up in other lanes of a vector (NetworkStep).
        if (Tensor.grad is null && Tensor.device_type == DeviceType.CPU && Shape[1] % 4 == 0) _rows = RowsWithMoments();
        Tensor table = GradientOrNew();
        table.index_add_(0, rows, gradient, Scalars.One);
        if (except is { } none) table.select(0, none).zero_();
        if (_rows is null) return;
        foreach (long row in MemoryMarshal.Cast<byte, long>(rows.bytes))
            if (row != except) _rows[row] = true;
    }

    /// <summary>To be called when moments have been written from outside.</summary>
    public void MomentsChanged()
    {
        if (_rows is not null) _rows = RowsWithMoments();
    }

    private Tensor GradientOrNew()
    {
        if (Tensor.grad is { } there) return there;
        Tensor zero = zeros_like(Tensor, requires_grad: false);
        Tensor.grad = zero;
        return zero;
    }

    private bool[] RowsWithMoments()
    {
        var rows = new bool[Shape[0]];
        if (_first is null && _second is null) return rows;
        int width = (int)Shape[1];
        Span<float> first = Span(First), second = Span(Second);
        for (int row = 0; row < rows.Length; row++)
            rows[row] = first.Slice(row * width, width).ContainsAnyExcept(0f) || second.Slice(row * width, width).ContainsAnyExcept(0f);
        return rows;
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
