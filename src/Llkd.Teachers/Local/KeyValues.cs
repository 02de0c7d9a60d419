using Microsoft.ML.OnnxRuntime;

namespace Llkd.Teachers.Local;

/// <summary>Keys and values of what a model has read, in the order of the model's layers: key, value, key, value. Read-only, so several threads may use them.</summary>
/// <param name="values">Tensors [1, heads, length, size].</param>
/// <param name="length">Tokens that were read.</param>
internal sealed class KeyValues(IReadOnlyList<OrtValue> values, int length) : IDisposable
{
    public IReadOnlyList<OrtValue> Values => values;

    public int Length => length;

    /// <summary>Those of no token.</summary>
    public static KeyValues Empty(DecoderSignature signature) => new(
        [.. Enumerable.Range(0, signature.Presents.Count).Select(_ => OrtValue.CreateAllocatedTensorValue(
            OrtAllocator.DefaultInstance, signature.KeyValueType, [1, signature.KeyValueHeads, 0, signature.HeadSize]))], 0);

    public void Dispose()
    {
        foreach (OrtValue value in values) value.Dispose();
    }
}
