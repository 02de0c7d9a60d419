namespace Llkd.Teachers.Tests;

/// <summary>A clock on which waiting takes no time: a timer fires at once, and the clock stands where it would have fired.</summary>
internal sealed class SkippingTime : TimeProvider
{
    private long _skipped;

    /// <summary>Time waited for so far, all waits added up.</summary>
    public TimeSpan Waited => new(Interlocked.Read(ref _skipped));

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _skipped);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime > TimeSpan.Zero) Interlocked.Add(ref _skipped, dueTime.Ticks);
        if (dueTime >= TimeSpan.Zero) ThreadPool.QueueUserWorkItem(_ => callback(state));
        return new NoTimer();
    }

    private sealed class NoTimer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;
        public void Dispose() { }
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
