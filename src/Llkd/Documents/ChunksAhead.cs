namespace Llkd.Documents;

/// <summary>Work on a stream in chunks, on all threads, with results in the order of the stream.</summary>
public static class ChunksAhead
{
    /// <summary>Items in a chunk: enough that handing it over costs nothing, few enough that the chunks ahead take little memory.</summary>
    private const int Chunk = 1024;

    /// <summary>
    /// Computes a result for each chunk of a stream. The stream is read by the caller's thread, no more than one chunk a processor
    /// and one further than results are taken; chunks that wait are computed meanwhile. Where taking ends early, so has all work.
    /// </summary>
    /// <param name="source">The stream.</param>
    /// <param name="compute">Computes on any thread, several at once.</param>
    public static IEnumerable<TResult> InChunks<T, TResult>(this IEnumerable<T> source, Func<T[], TResult> compute)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(compute);
        return Results();

        IEnumerable<TResult> Results()
        {
            var ahead = new Queue<Task<TResult>>();
            try
            {
                foreach (T[] chunk in source.Chunk(Chunk))
                {
                    ahead.Enqueue(Task.Run(() => compute(chunk)));
                    if (ahead.Count > Environment.ProcessorCount) yield return ahead.Dequeue().GetAwaiter().GetResult();
                }
                while (ahead.TryDequeue(out Task<TResult>? next)) yield return next.GetAwaiter().GetResult();
            }
            finally
            {
                foreach (Task left in ahead) left.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
            }
        }
    }
}
