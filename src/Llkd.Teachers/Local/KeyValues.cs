using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

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

    /// <summary>Those of one of the texts that a run read one behind the other.</summary>
    /// <param name="presents">What the run gave, [1, heads, tokens, size].</param>
    /// <param name="shared">Tokens at the beginning that count.</param>
    /// <param name="start">Where the text's own tokens begin.</param>
    /// <param name="count">How many they are.</param>
    public static KeyValues Of(IEnumerable<OrtValue> presents, int shared, int start, int count) =>
        new([.. presents.Select(present => Cut(present, shared, start, count))], shared + count);

    public void Dispose()
    {
        foreach (OrtValue value in values) value.Dispose();
    }

    private static OrtValue Cut(OrtValue present, int shared, int start, int count)
    {
        OrtTensorTypeAndShapeInfo info = present.GetTensorTypeAndShape();
        int heads = (int)info.Shape[1], tokens = (int)info.Shape[2], size = (int)info.Shape[3] * (info.ElementDataType == TensorElementType.Float16 ? 2 : 4);
        OrtValue cut = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, info.ElementDataType, [1, heads, shared + count, info.Shape[3]]);
        Span<byte> from = Bytes(present), to = Bytes(cut);
        for (int head = 0; head < heads; head++)
        {
            Span<byte> source = from.Slice(head * tokens * size, tokens * size), target = to.Slice(head * (shared + count) * size, (shared + count) * size);
            source[..(shared * size)].CopyTo(target);
            source.Slice(start * size, count * size).CopyTo(target[(shared * size)..]);
        }
        return cut;
    }

    private static Span<byte> Bytes(OrtValue value) => value.GetTensorTypeAndShape().ElementDataType == TensorElementType.Float16
        ? MemoryMarshal.AsBytes(value.GetTensorMutableDataAsSpan<Float16>()) : MemoryMarshal.AsBytes(value.GetTensorMutableDataAsSpan<float>());
}
