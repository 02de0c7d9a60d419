using System.Buffers;
using System.Globalization;

namespace Llkd.Students.Events;

/// <summary>
/// Writes curves for TensorBoard: one event file a session, in the run's folder. Loads no libtorch. TorchSharp's own
/// <c>SummaryWriter</c> is not used: it opens the file anew for every value, notes no time that TensorBoard can show,
/// and cannot say that a run went on from a checkpoint.
/// </summary>
/// <remarks>
/// A killed process leaves whole records only, all but those of the last seconds. When the run goes on from a
/// checkpoint, the killed session may have written later steps than that; the new session's file opens with a mark
/// (a SessionLog of status START) at its first step, at which TensorBoard drops everything from that step on that it
/// read before. Not thread-safe.
/// </remarks>
public sealed class EventWriter : IDisposable
{
    private const string Prefix = "events.out.tfevents.";
    private static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(5);
    private readonly ArrayBufferWriter<byte> _pending = new();
    private readonly string _folder;
    private readonly TimeProvider _clock;
    private FileStream? _file;
    private long _flushed;

    /// <summary>Opens a session; its file is created with the first value.</summary>
    /// <param name="folder">Folder of the run's events; created where missing.</param>
    /// <param name="clock">Source of the time of each value; by default the system's.</param>
    public EventWriter(string folder, TimeProvider? clock = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        _folder = folder;
        _clock = clock ?? TimeProvider.System;
    }

    /// <summary>Adds one point to a curve. It reaches the file at the next flush, or within seconds while values come in.</summary>
    /// <param name="tag">Name of the curve; a slash groups curves, as in <c>train/loss</c>.</param>
    /// <param name="step">Training step, from 0.</param>
    /// <param name="value">The value; not-a-number and infinities are shown as such.</param>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public void Scalar(string tag, long step, float value)
    {
        ArgumentException.ThrowIfNullOrEmpty(tag);
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        DateTimeOffset now = _clock.GetUtcNow();
        if (_file is null)
        {
            _file = Create(now);
            _flushed = _clock.GetTimestamp();
            EventRecord.Write(_pending, EventRecord.FileVersion(now));
            EventRecord.Write(_pending, EventRecord.SessionStart(now, step));
        }
        EventRecord.Write(_pending, EventRecord.Scalar(now, step, tag, value));
        if (_clock.GetElapsedTime(_flushed) >= FlushInterval) Flush();
    }

    /// <summary>Hands all values to the operating system, so that they outlive the process.</summary>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public void Flush()
    {
        if (_file is null) return;
        // One unbuffered write of whole records: a kill finds none half written.
        _file.Write(_pending.WrittenSpan);
        _pending.ResetWrittenCount();
        _flushed = _clock.GetTimestamp();
    }

    /// <summary>Flushes and closes the file.</summary>
    public void Dispose()
    {
        try
        {
            Flush();
        }
        finally
        {
            _file?.Dispose();
            _file = null;
        }
    }

    /// <summary>
    /// A new file, named by the second; TensorBoard reads a folder's files by name, so the name must come after every
    /// other, even when two sessions begin within one second or the clock was set back.
    /// </summary>
    private FileStream Create(DateTimeOffset now)
    {
        Directory.CreateDirectory(_folder);
        long seconds = now.ToUnixTimeSeconds();
        foreach (string path in Directory.EnumerateFiles(_folder, Prefix + "*"))
        {
            string number = Path.GetFileName(path)[Prefix.Length..].Split('.')[0];
            if (number.Length <= 10 && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long taken) && taken >= seconds)
                seconds = taken + 1;
        }
        string file = Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{seconds:D10}.llkd"));
        return new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }
}
