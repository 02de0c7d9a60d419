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

    /// <summary>A generator state that a seed gives.</summary>
    public static byte[] Seeded(long seed)
    {
        lock (Generator)
        {
            using Tensor before = get_rng_state();
            manual_seed(seed)?.Dispose();
            using Tensor seeded = get_rng_state();
            set_rng_state(before);
            return seeded.bytes.ToArray();
        }
    }

    /// <summary>
    /// Runs with the process-wide generator in a student's own state, and puts the one before back. So students of one
    /// process do not disturb each other, and only one of them draws at a time.
    /// </summary>
    /// <param name="state">The student's state; holds the new one afterwards.</param>
    /// <param name="draw">What draws random numbers.</param>
    public static void Draw(byte[] state, Action draw)
    {
        lock (Generator)
        {
            using Tensor before = get_rng_state();
            using (Tensor mine = tensor(state)) set_rng_state(mine);
            try
            {
                draw();
                using Tensor after = get_rng_state();
                after.bytes.CopyTo(state);
            }
            finally
            {
                set_rng_state(before);
            }
        }
    }
}
