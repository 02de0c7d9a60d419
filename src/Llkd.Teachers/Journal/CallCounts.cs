using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Llkd.Teachers.Calls;
using Microsoft.Win32.SafeHandles;

namespace Llkd.Teachers.Journal;

/// <summary>
/// Requests of one session, counted in a file beside the journal that is mapped into memory. What is there outlives a killed
/// process, though not a power cut: a sync for every request would cost more than the count is worth. On Linux (x64 and arm64) the
/// system call that sends the end of a request also writes how much of it was taken (`msg_len` of sendmmsg, see its manual page),
/// and writes it straight into this file, so that no kill can come between the two.
/// </summary>
internal sealed unsafe partial class CallCounts : ISendingCallLog, IDisposable
{
    /// <summary>The session's number; then one slot for every processor.</summary>
    private const int HeaderSize = 64;

    private const int MostSlots = 64;

    /// <summary>Do not wait, and no signal if the other side is gone: MSG_DONTWAIT and MSG_NOSIGNAL.</summary>
    private const int Flags = 0x4040;

    /// <summary>Linux's numbers of errors.</summary>
    private const int Interrupted = 4, TryAgain = 11, BadAddress = 14;

    /// <summary>
    /// The system call's number; 0 where it is not known here. It is called by number, as musl's function of its name is a loop over
    /// another call, and writes the length after it.
    /// </summary>
    private static readonly int SendMessagesNumber = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 307,
        Architecture.Arm64 => 269,
        _ => 0,
    };

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly Slot* _slots;
    private readonly Lock[] _gates;
    private (long Sent, long Refused)? _final;

    /// <exception cref="IOException">The file cannot be written or mapped.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public CallCounts(string path, long session)
    {
        Session = session;
        _gates = new Lock[Math.Min(Environment.ProcessorCount, MostSlots)];
        for (int i = 0; i < _gates.Length; i++) _gates[i] = new Lock();
        var bytes = new byte[HeaderSize + _gates.Length * sizeof(Slot)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, session);
        // Written before it is mapped: a disk that is full is an error here, and would be a signal later (where a file system writes
        // in place).
        using (SafeFileHandle file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.Read)) RandomAccess.Write(file, bytes, 0);
        _file = MemoryMappedFile.CreateFromFile(
            new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite), null, 0, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
        try
        {
            _view = _file.CreateViewAccessor(0, bytes.Length, MemoryMappedFileAccess.ReadWrite);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _slots = (Slot*)(start + _view.PointerOffset + HeaderSize);
    }

    public long Session { get; }

    /// <summary>Whether requests are counted by the system call that sends them.</summary>
    public bool CountsAsItSends { get; } = OperatingSystem.IsLinux() && SendMessagesNumber > 0;

    /// <summary>Counts so far; once closed, those up to then.</summary>
    public (long Sent, long Refused) Counts => Alone(() => _final ?? Sum(new ReadOnlySpan<Slot>(_slots, _gates.Length)));

    public void Sent() => Add(1, 0);

    public void Refused() => Add(0, 1);

    public void NotSent() => Add(-1, 0);

    public bool TrySend(SafeSocketHandle socket, ReadOnlySpan<byte> end, out int sent)
    {
        ArgumentOutOfRangeException.ThrowIfZero(end.Length);
        sent = 0;
        int i = OwnSlot();
        lock (_gates[i])
        {
            if (_final is not null || !CountsAsItSends) return false;
            Slot* slot = _slots + i;
            fixed (byte* bytes = end)
            {
                slot->Bytes = bytes;
                slot->Length = (nuint)end.Length;
                slot->Vectors = &slot->Bytes;
                slot->VectorCount = 1;
                if (SendMessages(SendMessagesNumber, socket, slot, 1, Flags) < 1)
                {
                    // What was sent could not be written down, so nobody knows what to send next.
                    if (Marshal.GetLastPInvokeError() == BadAddress) throw new IOException("The count of requests cannot be written.");
                    return Marshal.GetLastPInvokeError() is Interrupted or TryAgain;
                }
                sent = (int)slot->Taken;
                slot->Count(sent == end.Length ? 1u : 0);
                return true;
            }
        }
    }

    /// <summary>Closes the counts: what is counted from now on is lost.</summary>
    public void Dispose() => Alone(() =>
    {
        if (_final is { } closed) return closed;
        (long, long) final = Sum(new ReadOnlySpan<Slot>(_slots, _gates.Length));
        _final = final;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
        return final;
    });

    /// <summary>What a session left behind; null where there is nothing, or nothing whole.</summary>
    public static (long Session, long Sent, long Refused)? Read(string path)
    {
        if (!File.Exists(path)) return null;
        byte[] bytes = File.ReadAllBytes(path);
        if (bytes.Length <= HeaderSize || (bytes.Length - HeaderSize) % sizeof(Slot) != 0) return null;
        (long sent, long refused) = Sum(MemoryMarshal.Cast<byte, Slot>(bytes.AsSpan(HeaderSize)));
        return (BinaryPrimitives.ReadInt64LittleEndian(bytes), sent, refused);
    }

    private static (long Sent, long Refused) Sum(ReadOnlySpan<Slot> slots)
    {
        (long sent, long refused) = (0, 0);
        foreach (Slot slot in slots)
        {
            sent += slot.Sent;
            refused += slot.Refused;
        }
        return (sent, refused);
    }

    /// <summary>Does something while nothing is counted.</summary>
    private (long, long) Alone(Func<(long, long)> action)
    {
        int entered = 0;
        try
        {
            for (; entered < _gates.Length; entered++) _gates[entered].Enter();
            return action();
        }
        finally
        {
            while (entered > 0) _gates[--entered].Exit();
        }
    }

    private int OwnSlot() => Thread.GetCurrentProcessorId() % _gates.Length;

    private void Add(int sent, int refused)
    {
        int i = OwnSlot();
        lock (_gates[i])
        {
            if (_final is not null) return;
            _slots[i].OtherSent += sent;
            _slots[i].Refused += refused;
        }
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint SendMessages(nint number, SafeSocketHandle socket, Slot* messages, nuint count, nint flags);

    /// <summary>
    /// Counts of one processor: begins with the `struct mmsghdr` of sendmmsg as 64-bit Linux has it, with a count of ours where that
    /// leaves four bytes unused.
    /// </summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Slot
    {
        /// <summary>`msg_iov`.</summary>
        [FieldOffset(16)] public void* Vectors;

        /// <summary>`msg_iovlen`.</summary>
        [FieldOffset(24)] public nuint VectorCount;

        /// <summary>`msg_len`: what the system took of the bytes under way, written by the system.</summary>
        [FieldOffset(56)] public uint Taken;

        [FieldOffset(60)] private readonly uint _counted;

        /// <summary>Both of the above, so that what is under way becomes what is counted in one write.</summary>
        [FieldOffset(56)] private ulong _takenAndCounted;

        /// <summary>`iov_base` of the only vector.</summary>
        [FieldOffset(64)] public void* Bytes;

        /// <summary>`iov_len` of it.</summary>
        [FieldOffset(72)] public nuint Length;

        /// <summary>Requests that were counted before they were sent.</summary>
        [FieldOffset(80)] public long OtherSent;

        /// <summary>Requests that were refused.</summary>
        [FieldOffset(88)] public long Refused;

        /// <summary>Requests sent, with the one under way if it went out whole.</summary>
        public readonly long Sent => OtherSent + _counted + (Taken > 0 && Taken == Length ? 1 : 0);

        /// <summary>Ends what is under way.</summary>
        public void Count(uint requests) => Volatile.Write(ref _takenAndCounted, (ulong)(_counted + requests) << 32);
    }
}
