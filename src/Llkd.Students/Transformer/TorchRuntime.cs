using TorchSharp;
using static TorchSharp.torch;

namespace Llkd.Students.Transformer;

/// <summary>What libtorch keeps for the whole process or thread, and a student must set before it computes.</summary>
internal static class TorchRuntime
{
    /// <summary>libtorch's and TorchSharp's version, which a bit-identical continuation needs unchanged.</summary>
    public static string Version => $"{__version__} (TorchSharp {typeof(torch).Assembly.GetName().Version})";

    /// <summary>Sets the number of threads; libtorch keeps it for each calling thread, so every entry point asks for it.</summary>
    public static void UseThreads(int threads)
    {
        if (get_num_threads() != threads) set_num_threads(threads);
    }
}
