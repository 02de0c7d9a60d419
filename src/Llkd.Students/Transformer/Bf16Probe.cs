using System.Diagnostics;
using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace Llkd.Students.Transformer;

/// <summary>
/// Whether this processor multiplies bf16 faster than fp32. Its flags do not say: of Intel's fifth generation of Xeon without AMX, as
/// virtual machines offer it, AVX512-BF16 is half as fast as fp32 (docs/performance.md). So two products are timed once in a
/// process, for a few hundredths of a second.
/// </summary>
internal static class Bf16Probe
{
    private const int Size = 512, Rounds = 7;

    /// <summary>What rounding to bf16 and back costs must be won as well.</summary>
    private const double LeastGain = 1.3;

    private static readonly Lazy<bool> Faster = new(() => HasInstructions() && Gain() >= LeastGain);

    /// <summary>Whether bf16 is worth it; the answer stands as long as the process.</summary>
    public static bool IsFaster => Faster.Value;

    /// <summary>Whether the processor has AVX512-BF16 or AMX-BF16; without them libtorch is slow beyond use in bf16.</summary>
    public static bool HasInstructions()
    {
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Eax < 7) return false;
        const int Avx512Bf16 = 1 << 5, AmxBf16 = 1 << 22;
        return Avx512F.IsSupported && ((X86Base.CpuId(7, 1).Eax & Avx512Bf16) != 0 || (X86Base.CpuId(7, 0).Edx & AmxBf16) != 0);
    }

    /// <summary>Time of an fp32 product over that of a bf16 product on one thread, the least of several in turns: other work on the machine lengthens some, not all.</summary>
    public static double Gain()
    {
        TorchRuntime.UseThreads(1);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        Tensor full = ones(Size, Size), half = ones(Size, Size, dtype: ScalarType.BFloat16);
        double least = double.MaxValue, leastHalf = double.MaxValue;
        // The first round is not counted: libraries prepare themselves.
        for (int round = 0; round <= Rounds; round++)
        {
            double time = Seconds(full), timeHalf = Seconds(half);
            if (round > 0) (least, leastHalf) = (Math.Min(least, time), Math.Min(leastHalf, timeHalf));
        }
        return least / leastHalf;
    }

    private static double Seconds(Tensor x)
    {
        long start = Stopwatch.GetTimestamp();
        using Tensor product = mm(x, x);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
