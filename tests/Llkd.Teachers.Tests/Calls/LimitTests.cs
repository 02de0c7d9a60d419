using Llkd.Teachers.Calls;

namespace Llkd.Teachers.Tests.Calls;

public sealed class LimitTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task The_limit_doubles_each_round_at_first_is_halved_once_by_a_round_of_complaints_and_then_grows_slowly()
    {
        var limit = new AdaptiveLimit(100);
        Assert.Equal(8, limit.Limit);
        for (int i = 0; i < 8; i++) limit.Leave(await limit.EnterAsync(None), answered: true, congested: false);
        Assert.Equal(16, limit.Limit);
        long[] tickets = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => limit.EnterAsync(None)));
        foreach (long ticket in tickets) limit.Leave(ticket, answered: false, congested: true);
        Assert.Equal(8, limit.Limit);
        for (int i = 0; i < 9; i++) limit.Leave(await limit.EnterAsync(None), answered: true, congested: false);
        Assert.Equal(9, limit.Limit);
        for (int i = 0; i < 20; i++) limit.Leave(await limit.EnterAsync(None), answered: false, congested: true);
        Assert.Equal(1, limit.Limit);
    }

    [Fact]
    public async Task Those_over_the_limit_wait_their_turn_and_one_who_gives_up_takes_no_place()
    {
        var limit = new AdaptiveLimit(1);
        long first = await limit.EnterAsync(None);
        using var stop = new CancellationTokenSource();
        Task<long> second = limit.EnterAsync(stop.Token), third = limit.EnterAsync(None);
        Assert.False(second.IsCompleted || third.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        limit.Leave(first, answered: true, congested: false);
        limit.Leave(await third, answered: true, congested: false);
        await limit.EnterAsync(None);
    }

    [Fact]
    public async Task A_rate_limit_spreads_reservations_over_time()
    {
        var time = new SteppedTime();
        var rate = new RateLimit(perMinute: 120, time);
        // Two a second, and one second may be caught up: the first three go at once.
        for (int i = 0; i < 3; i++) Assert.True(rate.ReserveAsync(1, None).IsCompleted);
        Assert.False(rate.ReserveAsync(1, None).IsCompleted);
        Assert.Equal(TimeSpan.FromSeconds(0.5), time.Asked);
        rate.Correct(-1);
        time.Now += TimeSpan.FromSeconds(60);
        for (int i = 0; i < 3; i++) Assert.True(rate.ReserveAsync(1, None).IsCompleted);
        Assert.False(rate.ReserveAsync(1, None).IsCompleted);
        await Task.CompletedTask;
    }

    [Theory]
    [InlineData(1, 0.5)]
    [InlineData(2, 1)]
    [InlineData(4, 4)]
    [InlineData(50, 30)]
    public void Waits_grow_up_to_half_a_minute_at_random_and_heed_Retry_After(int attempt, double ceiling)
    {
        Assert.Equal(0, BackOff.Wait(attempt, null, 0).TotalSeconds);
        Assert.Equal(ceiling / 2, BackOff.Wait(attempt, null, 0.5).TotalSeconds, 1e-9);
        TimeSpan asked = TimeSpan.FromSeconds(7);
        Assert.Equal(asked, BackOff.Wait(attempt, asked, 0));
        Assert.InRange(BackOff.Wait(attempt, asked, 0.999), asked, asked + TimeSpan.FromSeconds(1));
    }

    /// <summary>A clock that stands still until it is set; it remembers the last wait.</summary>
    private sealed class SteppedTime : TimeProvider
    {
        public TimeSpan Now { get; set; }
        public TimeSpan Asked { get; private set; }
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
        public override long GetTimestamp() => Now.Ticks;
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Asked = dueTime;
            return System.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
