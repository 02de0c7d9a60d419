using Llkd.Documents;

namespace Llkd.Tests.Documents;

public sealed class ChunksAheadTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1024)]
    [InlineData(20_001)]
    public void Results_come_in_the_order_of_the_stream(int count)
    {
        // The first chunks take longest.
        IEnumerable<int> numbers = Enumerable.Range(0, count).InChunks(chunk =>
        {
            Thread.Sleep(Math.Max(0, 20 - chunk[0] / 1024));
            return chunk;
        }).SelectMany(chunk => chunk);
        Assert.Equal(Enumerable.Range(0, count), numbers);
    }

    [Fact]
    public void Chunks_that_wait_are_computed_meanwhile_and_no_more_are_read()
    {
        int read = 0, computed = 0;
        using IEnumerator<int> results = Stream().InChunks(chunk => Interlocked.Increment(ref computed)).GetEnumerator();
        Assert.Equal(0, read);
        Assert.True(results.MoveNext());
        int ahead = Environment.ProcessorCount + 1;
        Assert.Equal(ahead * 1024, read);
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref computed) == ahead, TimeSpan.FromSeconds(30)), $"{computed} of {ahead} chunks were computed.");

        IEnumerable<int> Stream()
        {
            while (true) yield return read++;
        }
    }

    [Fact]
    public void An_error_comes_in_its_place_and_nothing_goes_on_behind_it()
    {
        int running = 0;
        var seen = new List<int>();
        InvalidOperationException e = Assert.Throws<InvalidOperationException>(() =>
        {
            foreach (int first in Enumerable.Range(0, 100_000).InChunks(chunk =>
            {
                Interlocked.Increment(ref running);
                Thread.Sleep(5);
                Interlocked.Decrement(ref running);
                return chunk[0] == 3 * 1024 ? throw new InvalidOperationException("the fourth") : chunk[0];
            })) seen.Add(first);
        });
        Assert.Equal("the fourth", e.Message);
        Assert.Equal([0, 1024, 2048], seen);
        Assert.Equal(0, running);
    }
}
