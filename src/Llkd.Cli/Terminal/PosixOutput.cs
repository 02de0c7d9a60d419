using System.Runtime.InteropServices;

namespace Llkd.Cli.Terminal;

/// <summary>
/// Writes to a file descriptor with write(2), at the position that all processes share that hold the open file. An
/// error is an <see cref="IOException"/> whose HResult is errno.
/// </summary>
internal sealed class PosixOutput(int descriptor) : Stream
{
    /// <summary>errno EPIPE.</summary>
    public const int BrokenPipe = 32;

    private const int Interrupted = 4;
    private static readonly int WouldBlock = OperatingSystem.IsLinux() ? 11 : 35;

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            nint written = NativeWrite(descriptor, in MemoryMarshal.GetReference(buffer), (nuint)buffer.Length);
            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }
            int error = Marshal.GetLastPInvokeError();
            if (error == Interrupted) continue;
            if (error != WouldBlock)
                throw new IOException($"Standard output cannot be written: {Marshal.GetPInvokeErrorMessage(error)}.", error);
            // Somebody has made the open file non-blocking, which holds for every process that shares it.
            Thread.Sleep(5);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() { }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    [DllImport("libc", EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint NativeWrite(int descriptor, in byte buffer, nuint count);
}
