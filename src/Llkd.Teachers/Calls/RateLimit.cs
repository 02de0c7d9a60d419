namespace Llkd.Teachers.Calls;

/// <summary>
/// So many units a minute at most (the generic cell rate algorithm): each reservation moves the time of the next one on
/// by its share; what was not used in the last second may be caught up.
/// </summary>
internal sealed class RateLimit(double perMinute, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly long _origin = time.GetTimestamp();
    private double _next = double.NegativeInfinity;

    /// <summary>Waits until so many units may be used.</summary>
    public Task ReserveAsync(double units, CancellationToken cancellationToken)
    {
        if (perMinute <= 0) return Task.CompletedTask;
        double wait;
        lock (_gate)
        {
            double now = time.GetElapsedTime(_origin).TotalSeconds;
            double start = Math.Max(_next, now - 1);
            _next = start + units * 60 / perMinute;
            wait = start - now;
        }
        return wait <= 0 ? Task.CompletedTask : Task.Delay(TimeSpan.FromSeconds(wait), time, cancellationToken);
    }

    /// <summary>Corrects a reservation that was an estimate.</summary>
    public void Correct(double moreUnits)
    {
        if (perMinute <= 0) return;
        lock (_gate) _next += moreUnits * 60 / perMinute;
    }
}
