using System.Runtime.InteropServices;

namespace Llkd.Students.Transformer;

/// <summary>
/// libtorch's OpenMP threads wait for each other in a busy loop for milliseconds. Where other processes want the same cores,
/// each wait then burns the time slice that the awaited thread needs: a step took 20 to 50 times as long on two loaded
/// cores. Asleep at once they must be woken for every operation: two threads on a small network were no faster than one. So
/// they turn for a moment, then sleep. Neither changes a result.
/// </summary>
internal static partial class OpenMpThreads
{
    /// <summary>Turns of the loop, some hundredths of a millisecond: as long as most gaps between operations, far less than a time slice.</summary>
    private const string Turns = "2000";

    /// <summary>Makes threads wait so, unless the user has said how they shall. Has an effect only before libtorch is loaded.</summary>
    public static void WaitBriefly()
    {
        // .NET's own environment is a copy, which native code does not see.
        if (!OperatingSystem.IsLinux() || Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is not null
            || Environment.GetEnvironmentVariable("GOMP_SPINCOUNT") is not null)
            return;
        _ = SetEnvironment("GOMP_SPINCOUNT", Turns, 0);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
