using System.Runtime.InteropServices;

namespace Llkd.Students.Transformer;

/// <summary>
/// What a training step frees, the next one asks for again. The C library gives large blocks back to the system as soon as they
/// are free, which then clears every page anew: three tenths of a step's time in one measurement (docs/performance.md). So it
/// keeps them while a network is trained, and gives them back when no network is any more. On Linux with glibc; elsewhere
/// nothing is changed.
/// </summary>
internal static partial class FreedMemory
{
    /// <summary>glibc's numbers of its parameters, from malloc.h.</summary>
    private const int TrimThreshold = -1, TopPad = -2, MapThreshold = -3;

    /// <summary>glibc's defaults, and the most to which it raises the last by itself.</summary>
    private const int DefaultTrimThreshold = 128 << 10, MostMapThreshold = 32 << 20;

    /// <summary>Size of a heap of a pool that is not the first; one that lies empty is kept only for a pad as large.</summary>
    private const int Heap = 64 << 20;

    /// <summary>Freed blocks of at least 64 KiB make glibc look at the end of the pool; below 128 KiB they come from the pool.</summary>
    private const int TrimmingBlock = 96 << 10;

    /// <summary>Whether this C library can be told.</summary>
    public static bool IsGlibc { get; } = OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out nint library)
        && NativeLibrary.TryGetExport(library, "mallopt", out _) && NativeLibrary.TryGetExport(library, "malloc_trim", out _);

    private static readonly Lock Gate = new();
    private static int _trained;

    /// <summary>Keeps what is freed, until what this returns is disposed of.</summary>
    public static IDisposable Keep()
    {
        lock (Gate)
        {
            if (_trained++ == 0) Set(-1, Heap);
        }
        return new Keeping();
    }

    private static void GiveBack()
    {
        lock (Gate)
        {
            if (--_trained > 0) return;
            Set(DefaultTrimThreshold, 0);
            if (!IsGlibc) return;
            _ = Trim(0);
            // That leaves the end of a thread's own pool, up to a heap; to free a block that lies there trims it.
            Marshal.FreeHGlobal(Marshal.AllocHGlobal(TrimmingBlock));
        }
    }

    private static void Set(int trimThreshold, int pad)
    {
        if (!IsGlibc) return;
        // To set one ends glibc's own adjustment, so it is set to where that would lead.
        _ = Option(MapThreshold, MostMapThreshold);
        _ = Option(TopPad, pad);
        _ = Option(TrimThreshold, trimThreshold);
    }

    [LibraryImport("libc.so.6", EntryPoint = "mallopt")]
    private static partial int Option(int parameter, int value);

    [LibraryImport("libc.so.6", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint pad);

    private sealed class Keeping : IDisposable
    {
        private int _ended;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _ended, 1) == 0) GiveBack();
        }
    }
}
