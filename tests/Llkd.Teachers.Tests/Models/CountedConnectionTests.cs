using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Llkd.Teachers.Calls;
using Llkd.Teachers.Journal;
using Llkd.Teachers.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Llkd.Teachers.Tests.Models;

/// <summary>Requests are counted once each, by the system call that sends their end.</summary>
public sealed class CountedConnectionTests(ITestOutputHelper output)
{
    private static bool CountsAsItSends => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is (Architecture.X64 or Architecture.Arm64);

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    public async Task Of_a_body_of_any_length_the_last_byte_goes_out_with_the_count(string scheme)
    {
        if (!CountsAsItSends) Assert.Skip("Requests are counted as they are sent on Linux (x64, arm64) alone.");
        await using WebApplication server = await ServeAsync(scheme == "https");
        using HttpClient client = Client();
        using var log = new Log();
        int seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        // The connection's own buffer has 4,096 bytes, of which headers take some hundred; a record of TLS has 16,384 at most.
        int[] lengths = [1, 2, .. Enumerable.Range(3_600, 560), 4_095, 4_096, 4_097, 8_192, 16_383, 16_384, 16_385, 1_000_000, .. Enumerable.Range(0, 40).Select(_ => random.Next(1, 100_000))];
        long requests = 0;
        foreach (int length in lengths)
        {
            var body = new byte[length];
            random.NextBytes(body);
            using var content = new Body(body, log);
            using HttpResponseMessage response = await client.PostAsync(new Uri(Address(server)), content, TestContext.Current.CancellationToken);
            Assert.Equal(Convert.ToHexString(SHA256.HashData(body)), await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            Assert.Equal((++requests, 0), (log.Counts.Counts.Sent, log.Elsewhere));
            if (scheme == "http") Assert.Equal(body[^1], log.Last);
        }
    }

    [Fact]
    public async Task A_request_that_waits_for_room_is_counted_when_its_last_byte_is_taken()
    {
        if (!CountsAsItSends) Assert.Skip("Requests are counted as they are sent on Linux (x64, arm64) alone.");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using HttpClient client = Client();
        using var log = new Log();
        var body = new byte[20_000_000];
        new Random(1).NextBytes(body);
        await using Stream connection = await ConnectAsync(((IPEndPoint)listener.LocalEndpoint).Port);
        using Socket other = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
        async Task WriteAsync()
        {
            using var end = new RequestEnd(log);
            await connection.WriteAsync(body, TestContext.Current.CancellationToken);
        }
        Task written = WriteAsync();
        Assert.False(written.IsCompleted);
        Assert.Equal(0, log.Counts.Counts.Sent);
        var read = new byte[body.Length];
        for (int got = 0; got < read.Length;)
        {
            // Far from the end nothing is counted.
            if (got < read.Length / 4) Assert.Equal(0, log.Counts.Counts.Sent);
            got += await other.ReceiveAsync(read.AsMemory(got), TestContext.Current.CancellationToken);
        }
        await written;
        Assert.Equal(1, log.Counts.Counts.Sent);
        Assert.Equal(body, read);
    }

    [Fact]
    public async Task What_a_closed_connection_does_not_take_is_an_error_and_not_counted()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var log = new Log();
        await using Stream connection = await ConnectAsync(((IPEndPoint)listener.LocalEndpoint).Port);
        using (Socket other = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken)) other.LingerState = new LingerOption(true, 0);
        // It may take a moment until the end of the connection is known.
        long before = -1;
        await Assert.ThrowsAsync<IOException>(async () =>
        {
            for (int i = 0; i < 1000; i++)
            {
                before = log.Counts.Counts.Sent;
                using (var end = new RequestEnd(log)) await connection.WriteAsync(new byte[10], TestContext.Current.CancellationToken);
                await Task.Delay(1, TestContext.Current.CancellationToken);
            }
        });
        if (CountsAsItSends) Assert.Equal(before, log.Counts.Counts.Sent);
    }

    [Fact]
    public async Task A_log_that_cannot_count_as_it_sends_counts_before()
    {
        await using WebApplication server = await ServeAsync(secure: false);
        using HttpClient client = Client();
        var log = new PlainLog();
        using var content = new Body("text"u8.ToArray(), log);
        using HttpResponseMessage response = await client.PostAsync(new Uri(Address(server)), content, TestContext.Current.CancellationToken);
        Assert.Equal(Convert.ToHexString(SHA256.HashData("text"u8)), await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(1, log.Count);
    }

    [Fact]
    public async Task Requests_on_connections_of_others_are_counted_too()
    {
        var log = new PlainLog();
        using var content = new CountedContent("text"u8.ToArray(), log);
        using var stream = new MemoryStream();
        await content.WriteToAsync(stream, TestContext.Current.CancellationToken);
        content.WriteTo(stream, TestContext.Current.CancellationToken);
        Assert.Equal("texttext"u8.ToArray(), stream.ToArray());
        Assert.Equal(2, log.Count);
    }

    private static HttpClient Client() => new(new SocketsHttpHandler
    {
        ConnectCallback = CountedConnection.ConnectAsync,
#pragma warning disable CA5359 // The certificate is this test's own.
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, _, _, _) => true },
#pragma warning restore CA5359
    });

    private static async Task<Stream> ConnectAsync(int port)
    {
        Stream? connection = null;
        using var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellationToken) =>
            {
                connection = await CountedConnection.ConnectAsync(context, cancellationToken);
                throw new IOException("It is all that is wanted.");
            },
        });
        await Assert.ThrowsAnyAsync<Exception>(() => client.GetAsync(new Uri($"http://127.0.0.1:{port}"), TestContext.Current.CancellationToken));
        return connection!;
    }

    private static string Address(WebApplication server) => server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    private static async Task<WebApplication> ServeAsync(bool secure)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (secure) listen.UseHttps(Certificate());
        }));
        WebApplication app = builder.Build();
        app.Run(async context =>
        {
            byte[] hash = await SHA256.HashDataAsync(context.Request.Body, context.RequestAborted);
            await context.Response.WriteAsync(Convert.ToHexString(hash), context.RequestAborted);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private sealed class Body(byte[] bytes, ICallLog calls) : HttpContent
    {
        private readonly CountedContent _content = new(bytes, calls);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => _content.WriteToAsync(stream);

        protected override bool TryComputeLength(out long length) => _content.TryComputeLength(out length);
    }

    private sealed class PlainLog : ICallLog
    {
        public int Count { get; private set; }

        public void Sent() => Count++;

        public void Refused() { }

        public void NotSent() { }
    }

    /// <summary>Real counts, and what was counted past them.</summary>
    private sealed class Log : ISendingCallLog, IDisposable
    {
        private readonly TestData.Folder _folder = new();

        public Log() => Counts = new CallCounts(_folder.File("calls"), 1);

        public CallCounts Counts { get; }

        /// <summary>Requests that were not counted as they were sent.</summary>
        public int Elsewhere { get; private set; }

        /// <summary>Last byte that was sent.</summary>
        public byte Last { get; private set; }

        public bool CountsAsItSends => Counts.CountsAsItSends;

        public bool TrySend(SafeSocketHandle socket, ReadOnlySpan<byte> end, out int sent)
        {
            Last = end[^1];
            return Counts.TrySend(socket, end, out sent);
        }

        public void Sent()
        {
            Elsewhere++;
            Counts.Sent();
        }

        public void Refused() => Counts.Refused();

        public void NotSent() => Counts.NotSent();

        public void Dispose()
        {
            Counts.Dispose();
            _folder.Dispose();
        }
    }
}
