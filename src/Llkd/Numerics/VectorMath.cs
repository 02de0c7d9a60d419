using System.Numerics;
using System.Runtime.InteropServices;

namespace Llkd.Numerics;

/// <summary>Sums over dense vectors, several numbers at a time.</summary>
internal static class VectorMath
{
    /// <summary>Σ a_i b_i.</summary>
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        ReadOnlySpan<Vector<double>> va = MemoryMarshal.Cast<double, Vector<double>>(a), vb = MemoryMarshal.Cast<double, Vector<double>>(b[..a.Length]);
        Vector<double> even = Vector<double>.Zero, odd = Vector<double>.Zero;
        int i = 0;
        for (; i + 1 < va.Length; i += 2)
        {
            even += va[i] * vb[i];
            odd += va[i + 1] * vb[i + 1];
        }
        if (i < va.Length) even += va[i] * vb[i];
        double sum = Vector.Sum(even + odd);
        for (i = va.Length * Vector<double>.Count; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    /// <summary>Σ a_i b_i in single precision.</summary>
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        ReadOnlySpan<Vector<float>> va = MemoryMarshal.Cast<float, Vector<float>>(a), vb = MemoryMarshal.Cast<float, Vector<float>>(b[..a.Length]);
        Vector<float> sums = Vector<float>.Zero;
        for (int i = 0; i < va.Length; i++) sums += va[i] * vb[i];
        float sum = Vector.Sum(sums);
        for (int i = va.Length * Vector<float>.Count; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    /// <summary>to_i ← to_i + factor · what_i.</summary>
    public static void Add(Span<double> to, double factor, ReadOnlySpan<double> what)
    {
        Span<Vector<double>> vt = MemoryMarshal.Cast<double, Vector<double>>(to);
        ReadOnlySpan<Vector<double>> vw = MemoryMarshal.Cast<double, Vector<double>>(what[..to.Length]);
        var factors = new Vector<double>(factor);
        for (int i = 0; i < vt.Length; i++) vt[i] += factors * vw[i];
        for (int i = vt.Length * Vector<double>.Count; i < to.Length; i++) to[i] += factor * what[i];
    }

    /// <summary>to_i ← to_i + factor · what_i, in single precision.</summary>
    public static void Add(Span<float> to, float factor, ReadOnlySpan<float> what)
    {
        Span<Vector<float>> vt = MemoryMarshal.Cast<float, Vector<float>>(to);
        ReadOnlySpan<Vector<float>> vw = MemoryMarshal.Cast<float, Vector<float>>(what[..to.Length]);
        var factors = new Vector<float>(factor);
        for (int i = 0; i < vt.Length; i++) vt[i] += factors * vw[i];
        for (int i = vt.Length * Vector<float>.Count; i < to.Length; i++) to[i] += factor * what[i];
    }

    /// <summary>values_i ← factor · values_i.</summary>
    public static void Scale(Span<double> values, double factor)
    {
        for (int i = 0; i < values.Length; i++) values[i] *= factor;
    }

    /// <summary>values_i ← factor · values_i, in single precision.</summary>
    public static void Scale(Span<float> values, float factor)
    {
        for (int i = 0; i < values.Length; i++) values[i] *= factor;
    }

    /// <summary>max |values_i|.</summary>
    public static double LargestMagnitude(ReadOnlySpan<double> values)
    {
        double largest = 0;
        foreach (double value in values) largest = Math.Max(largest, Math.Abs(value));
        return largest;
    }
}
