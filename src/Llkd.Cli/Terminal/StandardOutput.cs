using Microsoft.Win32.SafeHandles;

namespace Llkd.Cli.Terminal;

/// <summary>
/// Standard output for tables. .NET's own console stream swallows the error of a pipe whose reader has gone, as in
/// `llkd predict … | head`, and an endless input would then be read for nobody.
/// </summary>
internal static class StandardOutput
{
    /// <summary>errno EPIPE.</summary>
    private const int BrokenPipe = 32;

    public static Stream Open() => OperatingSystem.IsWindows()
        ? Console.OpenStandardOutput()
        : new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 1);

    /// <summary>Whether an error says that nobody reads the output any more.</summary>
    public static bool IsGone(IOException e) => !OperatingSystem.IsWindows() && e.HResult == BrokenPipe;
}
