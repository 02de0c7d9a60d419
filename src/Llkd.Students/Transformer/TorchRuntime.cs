using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Llkd.Students.Transformer;

/// <summary>What libtorch keeps for the whole process or thread, and a student must set before it computes.</summary>
internal static class TorchRuntime
{
    /// <summary>libtorch's and TorchSharp's version, which a bit-identical continuation needs unchanged.</summary>
    public static string Version => $"{__version__} (TorchSharp {typeof(torch).Assembly.GetName().Version})";

    /// <summary>
    /// Sets the number of threads of what the calling thread computes; every entry point asks for it. libtorch keeps it for
    /// each thread, but hands it to its matrix library for the whole process, where students in other threads would find it
    /// changed and round otherwise: so it is told once more, for this thread alone, where that library lets itself be told.
    /// </summary>
    public static unsafe void UseThreads(int threads)
    {
        if (get_num_threads() != threads) set_num_threads(threads);
        if (MatrixLibrary.SetThreads is not null) _ = MatrixLibrary.SetThreads(threads);
    }

    /// <summary>Looked up after libtorch has been loaded.</summary>
    private static unsafe class MatrixLibrary
    {
        public static readonly delegate* unmanaged<int, int> SetThreads =
            OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libtorch_cpu.so", out nint library)
            && NativeLibrary.TryGetExport(library, "MKL_Set_Num_Threads_Local", out nint function) ? (delegate* unmanaged<int, int>)function : null;
    }
}
