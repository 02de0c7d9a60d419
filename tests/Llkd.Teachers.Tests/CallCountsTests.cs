using System.Net;
using System.Net.Sockets;
using Llkd.Teachers.Journal;

namespace Llkd.Teachers.Tests;

/// <summary>Counts of requests in a file that outlives the process.</summary>
public sealed class CallCountsTests : IDisposable
{
    private readonly TestData.Folder _folder = new();

    private string Path => _folder.File("labels.db.calls");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Counts_are_in_the_file_as_soon_as_they_are_made_from_any_thread()
    {
        using var counts = new CallCounts(Path, 7);
        Parallel.For(0, 10_000, i =>
        {
            counts.Sent();
            if (i % 10 == 0) counts.Refused();
            if (i % 100 == 0) counts.NotSent();
        });
        Assert.Equal((9_900, 1_000), counts.Counts);
        Assert.Equal((7, 9_900, 1_000), CallCounts.Read(Path));
    }

    [Fact]
    public async Task Requests_sent_side_by_side_are_counted_once_each()
    {
        using var counts = new CallCounts(Path, 1);
        if (!counts.CountsAsItSends) Assert.Skip("Requests are counted as they are sent on Linux (x64, arm64) alone.");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            using var client = new TcpClient();
            await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
            using Socket other = await listener.AcceptSocketAsync();
            var buffer = new byte[1000];
            var read = new byte[1000];
            for (int i = 1; i <= 1000; i++)
            {
                Assert.True(counts.TrySend(client.Client.SafeHandle, buffer.AsSpan(0, i), out int sent));
                Assert.Equal(i, sent);
                // Of whichever client it is that was accepted here.
                await other.ReceiveAsync(read);
            }
        })));
        Assert.Equal((1, 4000, 0), CallCounts.Read(Path));
        Assert.Equal((4000, 0), counts.Counts);
    }

    [Theory]
    [InlineData(0, 5, 3)]
    [InlineData(4, 5, 3)]
    [InlineData(5, 5, 4)]
    public void A_kill_while_a_request_goes_out_leaves_it_counted_if_the_system_took_the_whole_of_it(int taken, int length, int sent)
    {
        // Layout of `struct mmsghdr` and of the slot around it, as a kill would leave them.
        using (var counts = new CallCounts(Path, 1)) { }
        byte[] bytes = File.ReadAllBytes(Path);
        bytes[64 + 56] = (byte)taken;
        bytes[64 + 60] = 3;
        bytes[64 + 72] = (byte)length;
        File.WriteAllBytes(Path, bytes);
        Assert.Equal((1, sent, 0), CallCounts.Read(Path));
    }

    [Fact]
    public void Counts_that_are_closed_stay_as_they_are()
    {
        var counts = new CallCounts(Path, 1);
        counts.Sent();
        counts.Dispose();
        counts.Sent();
        counts.Refused();
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        Assert.False(counts.TrySend(socket.SafeHandle, "x"u8, out int sent));
        Assert.Equal(0, sent);
        Assert.Equal((1, 0), counts.Counts);
        counts.Dispose();
        Assert.Equal((1, 1, 0), CallCounts.Read(Path));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(24)]
    [InlineData(64)]
    [InlineData(191)]
    public void A_file_that_is_not_whole_says_nothing(int length)
    {
        Assert.Null(CallCounts.Read(Path));
        File.WriteAllBytes(Path, new byte[length]);
        Assert.Null(CallCounts.Read(Path));
    }
}
