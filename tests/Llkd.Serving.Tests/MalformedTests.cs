using System.Net;
using System.Net.Sockets;
using System.Text;
using CsCheck;
using Llkd.Inference.Tests;

namespace Llkd.Serving.Tests;

/// <summary>Requests that are broken on purpose: each gets a status of 4xx or a closed connection, and the service goes on.</summary>
public sealed class MalformedTests(Moods moods) : IClassFixture<Moods>
{
    private const int Requests = 5000;

    private static readonly string[] Bodies =
    [
        """{"text": "good"}""", """{"texts": ["good", "bad"]}""", """{"texts": [""", "{\"text\": \"\\ud800\"}", "\ufeff{}", "null", "[[[[[[[[", "{\"text\": 1e999}", "",
    ];

    /// <summary>A request, mutated: bytes replaced, cut out or put in, and now and then a wrong length.</summary>
    private static readonly Gen<byte[]> Broken = Gen.Select(
        Gen.OneOf("POST", "GET", "PUT", "post", "P\0ST", ""), Gen.OneOf("/v1/classify", "/v1/classify/", "/v1/model", "/%zz", "/..", "*", "/v1/classify?a=b", "/" + new string('a', 9000)),
        Gen.OneOf("application/json", "application/json; charset=utf-16", "text/plain", "multipart/form-data", ""), Gen.OneOf(Bodies), Gen.Int[-3, 3], Gen.Int[0, 9], Gen.Byte.Array[0, 4])
        .SelectMany((method, path, type, body, off, change, bytes) =>
        {
            byte[] content = Encoding.UTF8.GetBytes(body);
            byte[] request = [.. Encoding.Latin1.GetBytes($"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: {type}\r\nContent-Length: {content.Length + off}\r\n\r\n"), .. content];
            return Gen.Int[0, request.Length - 1].Select(at => (byte[])(change switch
            {
                < 4 => (byte[])[.. request],
                < 6 => [.. request[..at], .. bytes, .. request[at..]],
                < 8 => request[..at],
                _ => [.. request[..at], .. bytes, .. request[Math.Min(at + bytes.Length, request.Length)..]],
            }));
        });

    [Fact]
    public async Task Broken_requests_get_4xx_and_break_nothing()
    {
        await using Served served = await Served.StartAsync(moods);
        int port = served.Service.Url.Port, answered = 0, refused = 0;
        byte[][] requests = [];
        Broken.Array[Requests].Sample(array => { requests = array; }, iter: 1);
        await Parallel.ForEachAsync(requests, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = TestContext.Current.CancellationToken }, async (request, cancel) =>
        {
            int status = await SendAsync(port, request, cancel);
            // 505 is HTTP's own word for a version that is none.
            Assert.True(status is 0 or 200 or 505 or (>= 400 and < 500), $"Status {status} to {Convert.ToBase64String(request)}");
            if (status == 200) Interlocked.Increment(ref answered);
            if (status >= 400) Interlocked.Increment(ref refused);
        });
        Assert.True(refused > Requests / 3, $"Only {refused} of {Requests} were refused, {answered} answered.");
        Assert.InRange(answered, 1, Requests / 2);
        Assert.Equal(200, (await served.PostAsync("""{"text": "good"}""")).Status);
        string metrics = await served.Client.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        Assert.DoesNotContain("status=\"5", metrics, StringComparison.Ordinal);
    }

    /// <summary>The status; 0 where the connection ended without one.</summary>
    private static async Task<int> SendAsync(int port, byte[] request, CancellationToken cancel)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port, cancel);
        var answer = new byte[12];
        int read = 0;
        try
        {
            await socket.SendAsync(request, cancel);
            // Nothing more comes: a request that lacks its end is to be given up.
            socket.Shutdown(SocketShutdown.Send);
            while (read < answer.Length)
            {
                int more = await socket.ReceiveAsync(answer.AsMemory(read), cancel);
                if (more == 0) break;
                read += more;
            }
        }
        catch (SocketException)
        {
            // The service may close the connection before it has read everything.
        }
        string head = Encoding.ASCII.GetString(answer, 0, read);
        return read == 12 && head.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) ? int.Parse(head[9..], System.Globalization.CultureInfo.InvariantCulture) : 0;
    }
}
