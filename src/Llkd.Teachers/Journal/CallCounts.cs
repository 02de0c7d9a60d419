using System.Buffers.Binary;
using Llkd.Teachers.Calls;
using Microsoft.Win32.SafeHandles;

namespace Llkd.Teachers.Journal;

/// <summary>
/// Requests of one session, in 24 bytes of a file beside the journal that are written before each request goes out.
/// What has been written outlives a killed process, though not a power cut: a sync for every request would cost more
/// than the count is worth.
/// </summary>
internal sealed class CallCounts : ICallLog, IDisposable
{
    private const int Length = 24;
    private readonly Lock _gate = new();
    private readonly SafeFileHandle _file;
    private readonly byte[] _bytes = new byte[Length];
    private long _sent, _refused;

    public CallCounts(string path, long session)
    {
        _file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.Read);
        Session = session;
        Write();
    }

    public long Session { get; }

    public (long Sent, long Refused) Counts
    {
        get { lock (_gate) return (_sent, _refused); }
    }

    public void Sent() => Add(1, 0);

    public void Refused() => Add(0, 1);

    public void NotSent() => Add(-1, 0);

    public void Dispose() => _file.Dispose();

    /// <summary>What a session left behind; null where there is nothing, or nothing whole.</summary>
    public static (long Session, long Sent, long Refused)? Read(string path)
    {
        if (!File.Exists(path)) return null;
        byte[] bytes = File.ReadAllBytes(path);
        return bytes.Length != Length ? null
            : (BinaryPrimitives.ReadInt64LittleEndian(bytes), BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(8)), BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(16)));
    }

    private void Add(long sent, long refused)
    {
        lock (_gate)
        {
            _sent += sent;
            _refused += refused;
            if (!_file.IsClosed) Write();
        }
    }

    private void Write()
    {
        BinaryPrimitives.WriteInt64LittleEndian(_bytes, Session);
        BinaryPrimitives.WriteInt64LittleEndian(_bytes.AsSpan(8), _sent);
        BinaryPrimitives.WriteInt64LittleEndian(_bytes.AsSpan(16), _refused);
        RandomAccess.Write(_file, _bytes, 0);
    }
}
