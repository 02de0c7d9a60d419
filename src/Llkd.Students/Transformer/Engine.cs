using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace Llkd.Students.Transformer;

/// <summary>The options as they hold on this machine.</summary>
/// <param name="Threads">Threads of the processor.</param>
/// <param name="Bf16">Whether the encoder multiplies in bf16.</param>
/// <param name="MicroBatch">Most texts in one pass.</param>
/// <param name="Recompute">Whether the backward pass computes layers once more.</param>
/// <param name="Device">Where.</param>
internal sealed record Engine(int Threads, bool Bf16, int MicroBatch, bool Recompute, Device Device)
{
    /// <summary>Number type in words, as a checkpoint keeps it.</summary>
    public string Precision => Bf16 ? "bf16" : "fp32";

    /// <summary>Settles the options.</summary>
    /// <exception cref="InputException">A CUDA device is asked for and there is none.</exception>
    public static Engine For(EngineOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MicroBatch, 1, nameof(options));
        bool cuda = options.Device switch
        {
            ComputeDevice.Cpu => false,
            ComputeDevice.Cuda => HasCuda() ? true : throw new InputException(
                "training.device is `cuda`, but no CUDA device is at hand. It takes a build with -p:LlkdTorch=cuda and an NVIDIA driver; else leave training.device away."),
            _ => HasCuda(),
        };
        bool bf16 = options.Precision == TrainingPrecision.Bf16
            || (options.Precision == TrainingPrecision.Auto && (cuda || ProcessorMultipliesBf16()));
        return new Engine(EngineOptions.ThreadsFor(options.Threads), bf16, options.MicroBatch, options.Recompute, cuda ? CUDA : CPU);
    }

    /// <summary>
    /// Whether the processor has AVX512-BF16 or AMX-BF16. Asked of the processor and not measured: a measurement on a busy
    /// machine may come out otherwise at the next start, and the run would not go on as it was.
    /// </summary>
    public static bool ProcessorMultipliesBf16()
    {
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Eax < 7) return false;
        const int Avx512Bf16 = 1 << 5, AmxBf16 = 1 << 22;
        return Avx512F.IsSupported && ((X86Base.CpuId(7, 1).Eax & Avx512Bf16) != 0 || (X86Base.CpuId(7, 0).Edx & AmxBf16) != 0);
    }

    /// <summary>The library without CUDA need not be asked, and is not loaded for it.</summary>
    private static bool HasCuda() => BuiltWithCuda && cuda.is_available();

    private static bool BuiltWithCuda =>
#if LLKD_CUDA
        true;
#else
        false;
#endif
}
