using System.Runtime.ExceptionServices;

namespace Llkd.Students.Transformer;

/// <summary>
/// A thread that one lane keeps: the C library's memory pools belong to threads, so that passes which went now to one and
/// now to another thread of .NET's pool would fill a pool of each.
/// </summary>
internal sealed class LaneThread : IDisposable
{
    private readonly SemaphoreSlim _begin = new(0), _done = new(0);
    private readonly Thread _thread;
    private Action? _work;
    private ExceptionDispatchInfo? _failure;

    public LaneThread()
    {
        _thread = new Thread(Work) { IsBackground = true, Name = "llkd lane" };
        _thread.Start();
    }

    /// <summary>Begins some work; the one before must have been waited for.</summary>
    public void Begin(Action work)
    {
        _work = work;
        _begin.Release();
    }

    /// <summary>Waits for the end of what was begun.</summary>
    /// <returns>What it failed with; null: nothing.</returns>
    public ExceptionDispatchInfo? Wait()
    {
        _done.Wait();
        return _failure;
    }

    public void Dispose()
    {
        _work = null;
        _begin.Release();
        _thread.Join();
        _begin.Dispose();
        _done.Dispose();
    }

    private void Work()
    {
        while (true)
        {
            _begin.Wait();
            if (_work is not { } work) return;
            _failure = null;
            try
            {
                work();
            }
#pragma warning disable CA1031 // It is thrown where the work was begun.
            catch (Exception e)
#pragma warning restore CA1031
            {
                _failure = ExceptionDispatchInfo.Capture(e);
            }
            _done.Release();
        }
    }
}
