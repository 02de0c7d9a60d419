namespace Llkd.Teachers.Calls;

/// <summary>
/// How many requests may be in flight: additive increase, multiplicative decrease (Chiu and Jain 1989), beginning with
/// TCP's slow start. Every answer raises the limit by one until the endpoint first says that it is too much, later by
/// one for each full window; a complaint halves it, once for all requests that were in flight together.
/// </summary>
/// <param name="highest">Requests in flight at most.</param>
/// <param name="start">Requests in flight at first.</param>
internal sealed class AdaptiveLimit(int highest, int start = 8)
{
    private readonly Lock _gate = new();
    private readonly Queue<TaskCompletionSource> _waiting = [];
    private double _limit = Math.Min(start, highest);
    private bool _slowStart = true;
    private int _inFlight;
    private long _window;

    /// <summary>Requests allowed in flight now.</summary>
    public int Limit
    {
        get { lock (_gate) return Math.Max(1, (int)_limit); }
    }

    /// <summary>Waits for a place; the ticket goes back to <see cref="Leave"/>.</summary>
    public async Task<long> EnterAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource? turn = null;
        lock (_gate)
        {
            if (_inFlight < Math.Max(1, (int)_limit))
            {
                _inFlight++;
                return _window;
            }
            turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(turn);
        }
        using (cancellationToken.UnsafeRegister(static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), turn))
            await turn.Task.ConfigureAwait(false);
        lock (_gate) return _window;
    }

    /// <summary>A request has ended.</summary>
    /// <param name="ticket">What <see cref="EnterAsync"/> gave.</param>
    /// <param name="answered">Whether it was answered.</param>
    /// <param name="congested">Whether the endpoint had too much to do.</param>
    public void Leave(long ticket, bool answered, bool congested)
    {
        lock (_gate)
        {
            if (congested)
            {
                _slowStart = false;
                if (ticket == _window)
                {
                    _limit = Math.Max(1, _limit / 2);
                    _window++;
                }
            }
            else if (answered) _limit = Math.Min(highest, _limit + (_slowStart ? 1 : 1 / _limit));
            _inFlight--;
            while (_inFlight < Math.Max(1, (int)_limit) && _waiting.TryDequeue(out TaskCompletionSource? next))
                if (next.TrySetResult()) _inFlight++;
        }
    }
}
