using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Llkd.Students.Ngram;

/// <summary>
/// The two vector operations that the n-gram student is made of. Lanes are fixed at eight floats, so that the
/// rounding, and with it the weights, does not depend on the processor.
/// </summary>
internal static class Kernels
{
    /// <summary>y ← y + a·x.</summary>
    public static void AddScaled(float a, ReadOnlySpan<float> x, Span<float> y)
    {
        x = x[..y.Length];
        Vector256<float> factor = Vector256.Create(a);
        ref float xs = ref MemoryMarshal.GetReference(x);
        ref float ys = ref MemoryMarshal.GetReference(y);
        int i = 0;
        for (; i <= y.Length - 8; i += 8)
        {
            (Vector256.LoadUnsafe(ref ys, (nuint)i) + factor * Vector256.LoadUnsafe(ref xs, (nuint)i))
                .StoreUnsafe(ref ys, (nuint)i);
        }
        for (; i < y.Length; i++) y[i] += a * x[i];
    }

    /// <summary>Σ x_i y_i.</summary>
    public static float Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        y = y[..x.Length];
        ref float xs = ref MemoryMarshal.GetReference(x);
        ref float ys = ref MemoryMarshal.GetReference(y);
        Vector256<float> lanes = Vector256<float>.Zero;
        int i = 0;
        for (; i <= x.Length - 8; i += 8)
            lanes += Vector256.LoadUnsafe(ref xs, (nuint)i) * Vector256.LoadUnsafe(ref ys, (nuint)i);
        float sum = 0;
        for (int lane = 0; lane < 8; lane++) sum += lanes[lane];
        for (; i < x.Length; i++) sum += x[i] * y[i];
        return sum;
    }
}
