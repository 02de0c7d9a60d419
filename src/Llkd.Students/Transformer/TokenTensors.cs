using TorchSharp;
using static TorchSharp.torch;

namespace Llkd.Students.Transformer;

/// <summary>A <see cref="TokenBatch"/> as tensors on a device.</summary>
internal sealed class TokenTensors : IDisposable
{
    public TokenTensors(TokenBatch batch, Device device)
    {
        long[] size = [batch.Texts.Length, batch.Length];
        Ids = On(tensor(batch.Ids, size), device);
        Positions = On(tensor(batch.Positions, size), device);
        Mask = batch.Mask is null ? null : On(tensor(batch.Mask, [size[0], 1, 1, size[1]]), device);
    }

    /// <summary>Token ids, [texts, length].</summary>
    public Tensor Ids { get; }

    /// <summary>Positions as the model counts them, [texts, length].</summary>
    public Tensor Positions { get; }

    /// <summary>True where there is a token, [texts, 1, 1, length]; null where there is no padding.</summary>
    public Tensor? Mask { get; }

    /// <summary>What is added to attention scores: -∞ at padding, else 0.</summary>
    /// <param name="heads">Heads of the attention.</param>
    /// <param name="type">Number type of the scores.</param>
    /// <returns>[texts × heads, 1, length], or [1, 1, 1] where there is no padding.</returns>
    public Tensor Bias(int heads, ScalarType type)
    {
        if (Mask is null) return zeros([1, 1, 1], type, Ids.device);
        Tensor bias = zeros(Mask.shape, type, Ids.device).masked_fill_(Mask.logical_not(), Scalars.MinusInfinity);
        return bias.expand(-1, heads, -1, -1).reshape(-1, 1, Mask.shape[3]);
    }

    public void Dispose()
    {
        Ids.Dispose();
        Positions.Dispose();
        Mask?.Dispose();
    }

    private static Tensor On(Tensor made, Device device)
    {
        if (device.type == DeviceType.CPU) return made;
        using (made) return made.to(device);
    }
}
