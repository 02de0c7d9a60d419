namespace Llkd.Cli.Terminal;

/// <summary>
/// Standard output for tables. .NET's own console stream swallows the error of a pipe whose reader has gone, as in
/// `llkd predict … | head`, and an endless input would then be read for nobody; a FileStream writes at a position of its
/// own, over what other processes have put into the same file.
/// </summary>
internal static class StandardOutput
{
    private const int BufferSize = 1 << 16;

    /// <summary>Opens it. What is written arrives on a flush; disposing is not needed and closes nothing.</summary>
    public static Stream Open() =>
        new BufferedStream(OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : new PosixOutput(1), BufferSize);

    /// <summary>Whether an error says that nobody reads the output any more.</summary>
    public static bool IsGone(IOException e) => !OperatingSystem.IsWindows() && e.HResult == PosixOutput.BrokenPipe;
}
