using TorchSharp;
using static TorchSharp.torch;

namespace Llkd.Students.Transformer;

/// <summary>The options as they hold on this machine.</summary>
/// <param name="Threads">Threads of the processor.</param>
/// <param name="Bf16">Whether the encoder multiplies in bf16.</param>
/// <param name="EitherPrecision">Whether the choice was free, so that a training begun in the other precision goes on in that.</param>
/// <param name="MicroBatch">Most texts in one pass.</param>
/// <param name="Recompute">Whether the backward pass computes layers once more.</param>
/// <param name="Device">Where.</param>
/// <param name="Lanes">Passes that run side by side (<see cref="NetworkPasses"/>).</param>
/// <param name="Emulated">Whether bf16 is fp32 rounded after every operation.</param>
internal sealed record Engine(int Threads, bool Bf16, bool EitherPrecision, int MicroBatch, bool Recompute, Device Device, int Lanes, bool Emulated = false)
{
    /// <summary>Most floats that lanes' gradients may take beside the network's own: 256 MB.</summary>
    private const long MostCopied = 1 << 26;

    private const int MostLanes = 8;

    /// <summary>Threads within the operations of each lane.</summary>
    public int ThreadsWithin => Math.Max(1, Threads / Lanes);

    /// <summary>Settles the options for a network.</summary>
    /// <exception cref="InputException">A CUDA device is asked for and there is none.</exception>
    public static Engine For(EngineOptions options, TransformerShape shape)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MicroBatch, 1, nameof(options));
        bool cuda = IsCuda(options.Device), bf16 = EngineOptions.PrecisionFor(options.Precision, options.Device) == TrainingPrecision.Bf16;
        bool either = options.Precision == TrainingPrecision.Auto && !cuda && (options.EmulateBf16 || Bf16Probe.HasInstructions());
        int threads = EngineOptions.ThreadsFor(options.Threads);
        // Embedding tables have one gradient for all lanes.
        long weights = TransformerTensors.Of(shape).Where(tensor => tensor.Group > 0).Sum(tensor => tensor.Size.Aggregate(1L, (a, b) => a * b));
        int lanes = cuda ? 1 : options.Lanes > 0 ? options.Lanes : LanesFor(threads, weights);
        return new Engine(threads, bf16, either, options.MicroBatch, options.Recompute, cuda ? CUDA : CPU, lanes, options.EmulateBf16);
    }

    /// <summary>Whether it is computed on a CUDA device.</summary>
    /// <exception cref="InputException">One is asked for and there is none.</exception>
    internal static bool IsCuda(ComputeDevice device) => device switch
    {
        ComputeDevice.Cpu => false,
        ComputeDevice.Cuda => HasCuda() ? true : throw new InputException(
            "training.device is `cuda`, but no CUDA device is at hand. It takes a build with -p:LlkdTorch=cuda and an NVIDIA driver; else leave training.device away."),
        _ => HasCuda(),
    };

    /// <summary>As many lanes as memory for their gradients allows, of those numbers that leave at most a tenth of the threads over.</summary>
    /// <param name="threads">Threads of all.</param>
    /// <param name="weights">Floats of a lane's gradient.</param>
    internal static int LanesFor(int threads, long weights)
    {
        int most = (int)Math.Min(Math.Min(MostLanes, threads), 1 + MostCopied / weights);
        return Enumerable.Range(1, most).Last(lanes => threads / lanes * lanes * 10 >= threads * 9);
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
