using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Llkd.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Llkd.Students.Transformer;

/// <summary>
/// The masks of one stage, one after another: 0 with the dropout probability p, else 1/(1 - p). Drawn here, in parallel and
/// with all vector lanes: libtorch's own dropout draws on one thread while the others wait, and from a generator that the
/// whole process shares.
/// </summary>
/// <param name="probability">p.</param>
/// <param name="seed">Of the stage.</param>
/// <param name="threads">How many draw; the masks do not depend on it.</param>
/// <param name="device">Where masks are wanted; CUDA has its own parallel generator.</param>
internal sealed class DropoutMasks(double probability, ulong seed, int threads, Device device)
{
    /// <summary>Values that one seeding of the lanes gives.</summary>
    private const int Chunk = 1 << 13;

    private int _given;

    /// <summary>The next mask.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="type">Its number type.</param>
    public Tensor Next(long[] shape, ScalarType type)
    {
        ulong key = SplitMix64.Mix(seed + (ulong)_given++);
        if (device.type != DeviceType.CPU) return FromGenerator(shape, type, key);
        Tensor mask = empty(shape, ScalarType.Float32);
        Fill(NetworkWeight.Span(mask), probability, key, threads);
        if (type == ScalarType.Float32) return mask;
        using (mask) return mask.to_type(type);
    }

    /// <summary>The same by libtorch's generator on a device.</summary>
    internal Tensor FromGenerator(long[] shape, ScalarType type, ulong key)
    {
        using var generator = new Generator(key, device);
        Scalar kept = 1 - probability;
        Tensor mask = empty(shape, type, device).bernoulli_(1 - probability, generator).div_(kept);
        GC.KeepAlive(kept);
        return mask;
    }

    /// <summary>Draws a mask.</summary>
    /// <param name="mask">Where to.</param>
    /// <param name="probability">Of 0; in steps of 2⁻³².</param>
    /// <param name="key">The draw's own seed.</param>
    /// <param name="threads">Most threads.</param>
    internal static unsafe void Fill(Span<float> mask, double probability, ulong key, int threads)
    {
        uint threshold = (uint)Math.Min(uint.MaxValue, Math.Round(probability * 4294967296.0));
        float kept = (float)(1 / (1 - probability));
        int length = mask.Length, chunks = (length + Chunk - 1) / Chunk;
        fixed (float* pinned = mask)
        {
            float* start = pinned;
            if (threads == 1 || chunks < 8)
            {
                for (int chunk = 0; chunk < chunks; chunk++) One(chunk);
            }
            else
            {
                Parallel.For(0, chunks, new ParallelOptions { MaxDegreeOfParallelism = threads }, One);
            }

            void One(int chunk)
            {
                int from = chunk * Chunk;
                // Mixed, as neighbouring states of SplitMix64 would give neighbouring chunks the same lanes.
                Draw(new Span<float>(start + from, Math.Min(Chunk, length - from)), threshold, kept, SplitMix64.Mix(key + (ulong)chunk));
            }
        }
    }

    /// <summary>Eight lanes of xoshiro128++ (Blackman and Vigna 2018), seeded by SplitMix64.</summary>
    private static void Draw(Span<float> mask, uint threshold, float kept, ulong key)
    {
        Vector256<uint> s0 = Seed(ref key), s1 = Seed(ref key), s2 = Seed(ref key), s3 = Seed(ref key);
        Vector256<uint> least = Vector256.Create(threshold), value = Vector256.Create(kept).AsUInt32();
        ref float at = ref MemoryMarshal.GetReference(mask);
        int i = 0;
        for (; i <= mask.Length - 8; i += 8) Vector256.StoreUnsafe(Eight().AsSingle(), ref at, (nuint)i);
        if (i == mask.Length) return;
        Vector256<float> last = Eight().AsSingle();
        for (int lane = 0; i < mask.Length; i++, lane++) mask[i] = last[lane];

        Vector256<uint> Eight()
        {
            Vector256<uint> drawn = Rotate(s0 + s3, 7) + s0, shifted = s1 << 9;
            s2 ^= s0;
            s3 ^= s1;
            s1 ^= s2;
            s0 ^= s3;
            s2 ^= shifted;
            s3 = Rotate(s3, 11);
            return Vector256.GreaterThanOrEqual(drawn, least) & value;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Rotate(Vector256<uint> x, int by) => (x << by) | (x >>> (32 - by));

    private static Vector256<uint> Seed(ref ulong state) => Vector256.Create(
        SplitMix64.Next(ref state), SplitMix64.Next(ref state), SplitMix64.Next(ref state), SplitMix64.Next(ref state)).AsUInt32();
}
