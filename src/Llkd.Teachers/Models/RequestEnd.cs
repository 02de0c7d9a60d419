using Llkd.Teachers.Calls;

namespace Llkd.Teachers.Models;

/// <summary>While it lives, what this flow of calls writes next to a connection is the end of a request, to be counted.</summary>
internal sealed class RequestEnd : IDisposable
{
    private static readonly AsyncLocal<RequestEnd?> Current = new();

    private readonly ICallLog _calls;
    private bool _taken;

    public RequestEnd(ICallLog calls)
    {
        _calls = calls;
        Current.Value = this;
    }

    /// <summary>Whoever writes the end takes it, and counts the request; null where no end is being written.</summary>
    public static ICallLog? Take()
    {
        if (Current.Value is not { _taken: false } end) return null;
        end._taken = true;
        return end._calls;
    }

    /// <summary>Counts an end that was sent over a stream which is no <see cref="CountedConnection"/>: late rather than never.</summary>
    public void Complete()
    {
        if (!_taken) _calls.Sent();
        _taken = true;
    }

    public void Dispose()
    {
        _taken = true;
        Current.Value = null;
    }
}
