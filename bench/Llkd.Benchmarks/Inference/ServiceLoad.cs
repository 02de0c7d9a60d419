using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Llkd.Benchmarks.Inference;

/// <summary>
/// `load URL [requests] [connections] [process id]`: calls of POST /v1/classify over that many connections, and what the
/// service's memory does meanwhile.
/// </summary>
internal static class ServiceLoad
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        var url = new Uri(arguments[0]);
        int requests = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 100_000;
        int connections = arguments.Length > 2 ? int.Parse(arguments[2], CultureInfo.InvariantCulture) : 64;
        string? process = arguments.Length > 3 ? arguments[3] : null;
        using var handler = new SocketsHttpHandler { MaxConnectionsPerServer = connections };
        using var client = new HttpClient(handler) { BaseAddress = url, Timeout = TimeSpan.FromMinutes(2) };
        byte[][] bodies = [.. RobertaFolder.Mixed(256).Select(text => JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["text"] = text }))];
        int next = -1, failed = 0;
        var times = new double[requests];
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < requests;)
            {
                long began = Stopwatch.GetTimestamp();
                try
                {
                    using var content = new ByteArrayContent(bodies[i % bodies.Length]);
                    content.Headers.ContentType = new("application/json");
                    using HttpResponseMessage response = await client.PostAsync("/v1/classify", content).ConfigureAwait(false);
                    if (response.StatusCode != HttpStatusCode.OK) Interlocked.Increment(ref failed);
                }
                catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
                {
                    Interlocked.Increment(ref failed);
                }
                times[i] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
                if (i % Math.Max(1, requests / 10) == 0) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{i,8:N0} calls{Memory(process)}"));
            }
        }))).ConfigureAwait(false);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Array.Sort(times);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{requests:N0} calls over {connections} connections in {seconds:0.0} s: {requests / seconds:N0} a second, {failed:N0} failed; median {times[requests / 2]:0.0} ms, 99 % below {times[(int)(requests * 0.99)]:0.0} ms{Memory(process)}"));
        return failed == 0 ? 0 : 1;
    }

    /// <summary>Resident memory of the service.</summary>
    private static string Memory(string? process) => process is not null && int.TryParse(process, CultureInfo.InvariantCulture, out int id)
        ? string.Create(CultureInfo.InvariantCulture, $", resident {ProcessMemory.Of(id, "VmRSS") / 1e6:0} MB") : "";
}
