using TorchSharp;
using static TorchSharp.torch;

namespace Llkd.Students.Transformer;

/// <summary>What libtorch keeps for the whole process or thread, and a student must set before it computes.</summary>
internal static class TorchRuntime
{
    private static readonly Lock Generator = new();

    /// <summary>libtorch's and TorchSharp's version, which a bit-identical continuation needs unchanged.</summary>
    public static string Version => $"{__version__} (TorchSharp {typeof(torch).Assembly.GetName().Version})";

    /// <summary>Sets the number of threads; libtorch keeps it for each calling thread, so every entry point asks for it.</summary>
    public static void UseThreads(int threads)
    {
        if (get_num_threads() != threads) set_num_threads(threads);
    }

    /// <summary>
    /// Runs with the process-wide generator freshly seeded, and puts the one before back. So students of one process do not
    /// disturb each other, and only one of them draws at a time.
    /// </summary>
    /// <param name="seed">The seed.</param>
    /// <param name="draw">What draws random numbers.</param>
    public static Tensor Seeded(long seed, Func<Tensor> draw)
    {
        lock (Generator)
        {
            using Tensor before = get_rng_state();
            manual_seed(seed)?.Dispose();
            try
            {
                return draw();
            }
            finally
            {
                set_rng_state(before);
            }
        }
    }
}
