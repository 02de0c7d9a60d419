namespace Llkd.Teachers.Calls;

/// <summary>
/// How long to wait before another attempt: exponential, with full jitter so that requests refused together do not
/// come back together, and never less than the endpoint asks for.
/// </summary>
internal static class BackOff
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(0.5), Longest = TimeSpan.FromSeconds(30);

    /// <param name="attempt">Attempts made so far, from 1.</param>
    /// <param name="retryAfter">What the endpoint asks for.</param>
    /// <param name="jitter">A random number in [0, 1).</param>
    public static TimeSpan Wait(int attempt, TimeSpan? retryAfter, double jitter)
    {
        double ceiling = Math.Min(Longest.TotalSeconds, First.TotalSeconds * Math.Pow(2, Math.Min(attempt - 1, 30)));
        // A little jitter also over the time asked for, which all refused requests were given alike.
        return retryAfter is { } asked ? asked + TimeSpan.FromSeconds(jitter * Math.Min(1, ceiling / 2)) : TimeSpan.FromSeconds(jitter * ceiling);
    }
}
