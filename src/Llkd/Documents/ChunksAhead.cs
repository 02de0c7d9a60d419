using System.Runtime.CompilerServices;

namespace Llkd.Documents;

/// <summary>Work on a stream in chunks, on all threads, with results in the order of the stream.</summary>
public static class ChunksAhead
{
    /// <summary>Items in a chunk: enough that handing it over costs nothing, few enough that the chunks ahead take little memory.</summary>
    private const int Chunk = 1024;

    /// <summary>
    /// Computes a result for each chunk of a stream. The stream is read by one thread at a time, no more than one chunk a
    /// processor and one further than results are taken; chunks that wait are computed meanwhile. Where taking ends early, so has all work.
    /// </summary>
    /// <param name="source">The stream.</param>
    /// <param name="compute">Computes on any thread, several at once.</param>
    public static IEnumerable<TResult> InChunks<T, TResult>(this IEnumerable<T> source, Func<T[], TResult> compute)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.ToAsyncEnumerable().InChunks(compute).ToBlockingEnumerable();
    }

    /// <summary>The same of a stream that comes in its own time.</summary>
    /// <param name="source">The stream.</param>
    /// <param name="compute">Computes on any thread, several at once.</param>
    /// <param name="cancellationToken">Ends reading; what is being computed is waited for.</param>
    public static IAsyncEnumerable<TResult> InChunks<T, TResult>(
        this IAsyncEnumerable<T> source, Func<T[], TResult> compute, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(compute);
        return Results(source, compute, cancellationToken);
    }

    private static async IAsyncEnumerable<TResult> Results<T, TResult>(
        IAsyncEnumerable<T> source, Func<T[], TResult> compute, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var ahead = new Queue<Task<TResult>>();
        try
        {
            await foreach (T[] chunk in source.Chunk(Chunk).WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                ahead.Enqueue(Task.Run(() => compute(chunk), cancellationToken));
                if (ahead.Count > Environment.ProcessorCount) yield return await ahead.Dequeue().ConfigureAwait(false);
            }
            while (ahead.TryDequeue(out Task<TResult>? next)) yield return await next.ConfigureAwait(false);
        }
        finally
        {
            // Nothing goes on behind the back of somebody who has stopped taking.
            foreach (Task left in ahead) await left.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
