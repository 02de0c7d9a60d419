using System.Numerics;
using System.Runtime.Intrinsics;

namespace Llkd.Numerics;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019), one pass over parameter, gradient and both moments:
/// m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², p ← p − (ηλp + η m̂/(√v̂ + ε)).
/// Element-wise, so the result does not depend on how a tensor is cut into pieces.
/// </summary>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
public readonly record struct AdamW(float Beta1 = 0.9f, float Beta2 = 0.999f, float Epsilon = 1e-8f)
{
    /// <summary>The usual constants: 0.9, 0.999, 1e-8.</summary>
    public static AdamW Standard { get; } = new(0.9f, 0.999f, 1e-8f);

    /// <summary>What <see cref="Update"/> does to parameters whose gradient and moments are 0, and no more: p ← p − ηλp.</summary>
    /// <param name="parameters">p.</param>
    /// <param name="learningRate">η.</param>
    /// <param name="weightDecay">λ.</param>
    public static void Decay(Span<float> parameters, double learningRate, double weightDecay)
    {
        float decay = (float)(learningRate * weightDecay);
        if (decay == 0) return;
        int i = 0;
        for (; i <= parameters.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var p = new Vector<float>(parameters[i..]);
            (p - p * decay).CopyTo(parameters[i..]);
        }
        for (; i < parameters.Length; i++) parameters[i] -= parameters[i] * decay;
    }

    /// <summary>Updates a run of parameters in place.</summary>
    /// <param name="parameters">p.</param>
    /// <param name="gradients">g, before scaling.</param>
    /// <param name="first">m.</param>
    /// <param name="second">v.</param>
    /// <param name="step">1-based number of the update, for the bias correction of both moments.</param>
    /// <param name="learningRate">η.</param>
    /// <param name="weightDecay">λ.</param>
    /// <param name="gradientScale">Factor on every gradient, as from clipping.</param>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public void Update(
        Span<float> parameters, ReadOnlySpan<float> gradients, Span<float> first, Span<float> second,
        long step, double learningRate, double weightDecay, float gradientScale = 1f)
    {
        int n = parameters.Length;
        if (gradients.Length != n || first.Length != n || second.Length != n)
            throw new ArgumentException("Parameters, gradients and moments differ in length.");
        // Not as a factor 1 − ηλ on p: its rounding would be the same at every step, and add up.
        float decay = (float)(learningRate * weightDecay);
        float stepSize = (float)(learningRate / (1 - Math.Pow(Beta1, step)));
        float rootCorrection = (float)(1 / Math.Sqrt(1 - Math.Pow(Beta2, step)));
        float rest1 = 1 - Beta1, rest2 = 1 - Beta2;
        // The widest vectors first, narrower ones for the rest. .NET's three types share no public interface.
        int i = 0;
        for (; Vector512.IsHardwareAccelerated && i <= n - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            Vector512<float> g = Vector512.Create(gradients[i..]) * gradientScale;
            Vector512<float> m = Vector512.Create<float>(first[i..]) * Beta1 + g * rest1, v = Vector512.Create<float>(second[i..]) * Beta2 + g * g * rest2;
            m.CopyTo(first[i..]);
            v.CopyTo(second[i..]);
            Vector512<float> p = Vector512.Create<float>(parameters[i..]), root = Vector512.Sqrt(v) * rootCorrection + Vector512.Create(Epsilon);
            (p - (p * decay + m * stepSize / root)).CopyTo(parameters[i..]);
        }
        for (; Vector256.IsHardwareAccelerated && i <= n - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            Vector256<float> g = Vector256.Create(gradients[i..]) * gradientScale;
            Vector256<float> m = Vector256.Create<float>(first[i..]) * Beta1 + g * rest1, v = Vector256.Create<float>(second[i..]) * Beta2 + g * g * rest2;
            m.CopyTo(first[i..]);
            v.CopyTo(second[i..]);
            Vector256<float> p = Vector256.Create<float>(parameters[i..]), root = Vector256.Sqrt(v) * rootCorrection + Vector256.Create(Epsilon);
            (p - (p * decay + m * stepSize / root)).CopyTo(parameters[i..]);
        }
        for (; i <= n - Vector128<float>.Count; i += Vector128<float>.Count)
        {
            Vector128<float> g = Vector128.Create(gradients[i..]) * gradientScale;
            Vector128<float> m = Vector128.Create<float>(first[i..]) * Beta1 + g * rest1, v = Vector128.Create<float>(second[i..]) * Beta2 + g * g * rest2;
            m.CopyTo(first[i..]);
            v.CopyTo(second[i..]);
            Vector128<float> p = Vector128.Create<float>(parameters[i..]), root = Vector128.Sqrt(v) * rootCorrection + Vector128.Create(Epsilon);
            (p - (p * decay + m * stepSize / root)).CopyTo(parameters[i..]);
        }
        for (; i < n; i++)
        {
            float g = gradients[i] * gradientScale;
            first[i] = first[i] * Beta1 + g * rest1;
            second[i] = second[i] * Beta2 + g * g * rest2;
            float root = MathF.Sqrt(second[i]) * rootCorrection + Epsilon;
            parameters[i] -= parameters[i] * decay + first[i] * stepSize / root;
        }
    }
}
