using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Llkd.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Llkd.Students.Transformer;

/// <summary>Gradient clipping by the global norm, and AdamW in place on libtorch's memory.</summary>
internal static unsafe class NetworkStep
{
    /// <summary>A piece of a tensor for one thread. AdamW is element-wise and the norm is summed piece by piece in order, so the result does not depend on who takes which.</summary>
    private const int Piece = 1 << 16;

    /// <summary>One step; the gradients are 0 afterwards.</summary>
    public static void Apply(IReadOnlyList<NetworkWeight> weights, StepOptions options, long step, double learningRate, int threads)
    {
        using DisposeScope scope = NewDisposeScope();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = threads };
        Tensor[] gradients = [.. weights.Select(weight => weight.Gradient())];
        var pieces = new List<(int Weight, int Start, int Length)>();
        var pointers = new (nint Value, nint Gradient, nint First, nint Second)[weights.Count];
        for (int w = 0; w < weights.Count; w++)
        {
            Span<float> values = weights[w].Values, gradient = NetworkWeight.Span(gradients[w]);
            pointers[w] = (Address(values), Address(gradient), Address(NetworkWeight.Span(weights[w].First)), Address(NetworkWeight.Span(weights[w].Second)));
            for (int start = 0; start < values.Length; start += Piece) pieces.Add((w, start, Math.Min(Piece, values.Length - start)));
        }
        float scale = options.Clip > 0 ? Scale(options.Clip, Norm()) : 1;
        Parallel.ForEach(pieces, parallel, piece =>
        {
            NetworkWeight weight = weights[piece.Weight];
            Span<float> gradient = At(pointers[piece.Weight].Gradient, piece.Start, piece.Length);
            AdamW.Standard.Update(
                At(pointers[piece.Weight].Value, piece.Start, piece.Length), gradient,
                At(pointers[piece.Weight].First, piece.Start, piece.Length), At(pointers[piece.Weight].Second, piece.Start, piece.Length),
                step, learningRate * weight.Rate, weight.Decays ? options.WeightDecay : 0, scale);
            gradient.Clear();
        });

        double Norm()
        {
            var sums = new double[pieces.Count];
            Parallel.For(0, pieces.Count, parallel, i =>
                sums[i] = SumOfSquares(At(pointers[pieces[i].Weight].Gradient, pieces[i].Start, pieces[i].Length)));
            return Math.Sqrt(sums.Sum());
        }
    }

    private static float Scale(double clip, double norm) => norm > clip ? (float)(clip / norm) : 1;

    private static double SumOfSquares(ReadOnlySpan<float> x)
    {
        Vector256<double> lanes = Vector256<double>.Zero;
        int i = 0;
        for (; i <= x.Length - 4; i += 4)
        {
            Vector256<double> four = Vector256.Create((double)x[i], x[i + 1], x[i + 2], x[i + 3]);
            lanes += four * four;
        }
        double sum = Vector256.Sum(lanes);
        for (; i < x.Length; i++) sum += (double)x[i] * x[i];
        return sum;
    }

    private static nint Address(Span<float> span) => (nint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref MemoryMarshal.GetReference(span));

    private static Span<float> At(nint start, int offset, int length) => new((float*)start + offset, length);
}
