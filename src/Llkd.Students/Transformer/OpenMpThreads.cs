using System.Runtime.InteropServices;

namespace Llkd.Students.Transformer;

/// <summary>
/// libtorch's OpenMP threads wait for each other in a busy loop by default. Where other processes want the same cores,
/// each wait then burns the time slice that the awaited thread needs: a step took 20 to 50 times as long on two loaded
/// cores. Sleeping instead does not change a result.
/// </summary>
internal static partial class OpenMpThreads
{
    private const string Policy = "OMP_WAIT_POLICY";

    /// <summary>Makes threads sleep while they wait, unless the user has said how they shall. Has an effect only before libtorch is loaded.</summary>
    public static void WaitAsleep()
    {
        // .NET's own environment is a copy, which native code does not see.
        if (!OperatingSystem.IsLinux() || Environment.GetEnvironmentVariable(Policy) is not null
            || Environment.GetEnvironmentVariable("GOMP_SPINCOUNT") is not null)
            return;
        _ = SetEnvironment(Policy, "PASSIVE", 0);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
