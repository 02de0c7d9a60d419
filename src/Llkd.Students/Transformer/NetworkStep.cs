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
            double rate = learningRate * weight.Rate, decay = weight.Decays ? options.WeightDecay : 0;
            foreach ((int start, int length, bool inUse) in Runs(weight, piece.Start, piece.Length))
            {
                Span<float> values = At(pointers[piece.Weight].Value, start, length);
                if (!inUse)
                {
                    AdamW.Decay(values, rate, decay);
                    continue;
                }
                Span<float> gradient = At(pointers[piece.Weight].Gradient, start, length);
                AdamW.Standard.Update(
                    values, gradient, At(pointers[piece.Weight].First, start, length), At(pointers[piece.Weight].Second, start, length), step, rate, decay, scale);
                gradient.Clear();
            }
        });

        double Norm()
        {
            var sums = new double[pieces.Count];
            Parallel.For(0, pieces.Count, parallel, i => sums[i] = SumOfSquares(weights[pieces[i].Weight], pointers[pieces[i].Weight].Gradient, pieces[i].Start, pieces[i].Length));
            return Math.Sqrt(sums.Sum());
        }
    }

    /// <summary>Cuts a piece where rows in use and others meet.</summary>
    private static IEnumerable<(int Start, int Length, bool InUse)> Runs(NetworkWeight weight, int start, int length)
    {
        if (weight.RowsInUse.IsEmpty)
        {
            yield return (start, length, true);
            yield break;
        }
        int width = (int)weight.Shape[1], end = start + length;
        while (start < end)
        {
            int row = start / width;
            ReadOnlySpan<bool> rows = weight.RowsInUse[row..];
            bool inUse = rows[0];
            int count = rows.IndexOf(!inUse) is var other and >= 0 ? other : rows.Length, stop = Math.Min((row + count) * width, end);
            yield return (start, stop - start, inUse);
            start = stop;
        }
    }

    private static float Scale(double clip, double norm) => norm > clip ? (float)(clip / norm) : 1;

    /// <summary>Of a piece. A row of zeros adds nothing to any lane, so that the sum is the same whether it counts as in use or not.</summary>
    private static double SumOfSquares(NetworkWeight weight, nint gradient, int start, int length)
    {
        Vector256<double> lanes = Vector256<double>.Zero;
        ReadOnlySpan<float> rest = [];
        foreach ((int from, int count, bool inUse) in Runs(weight, start, length))
        {
            if (!inUse) continue;
            ReadOnlySpan<float> x = At(gradient, from, count);
            int i = 0;
            for (; i <= x.Length - 4; i += 4)
            {
                Vector256<double> four = Vector256.Create((double)x[i], x[i + 1], x[i + 2], x[i + 3]);
                lanes += four * four;
            }
            rest = x[i..];
        }
        double sum = Vector256.Sum(lanes);
        foreach (float x in rest) sum += (double)x * x;
        return sum;
    }

    private static nint Address(Span<float> span) => (nint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref MemoryMarshal.GetReference(span));

    private static Span<float> At(nint start, int offset, int length) => new((float*)start + offset, length);
}
