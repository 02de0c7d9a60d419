using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Llkd.TestServer;

/// <summary>
/// A server on this machine that speaks OpenAI's `chat/completions` and `completions` over real connections, answers
/// with a distribution that the test gives for each text, and misbehaves on demand. It finds the text between the last
/// two delimiter lines of the prompt, and the labels' letters by their order.
/// </summary>
public sealed class ChatServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, int> _answers = new(StringComparer.Ordinal);
    private long _received, _errors, _answered, _broken, _inFlight, _mostInFlight;

    private ChatServer(WebApplication app) => _app = app;

    /// <summary>Address to give as an endpoint.</summary>
    public Uri Endpoint { get; private set; } = null!;

    /// <summary>q over the labels for a text, [classes].</summary>
    public Func<string, double[]> Distribution { get; set; } = _ => [0.7, 0.2, 0.1];

    /// <summary>What the server does with a request for a text; the number counts the requests from 1.</summary>
    public Func<string, long, Fault> Misbehave { get; set; } = (_, _) => Fault.None;

    /// <summary>What the labels are called in replies, [classes].</summary>
    public IReadOnlyList<string> Markers { get; set; } = ["A", "B", "C", "D", "E", "F", "G", "H"];

    /// <summary>How long an answer takes.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>How late a <see cref="Fault.Slow"/> answer is.</summary>
    public TimeSpan Lateness { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Answers a second at most; 0: no limit.</summary>
    public double Rate { get; set; }

    /// <summary>Requests received in full.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>Requests refused with an error status.</summary>
    public long Errors => Interlocked.Read(ref _errors);

    /// <summary>Requests answered in full and with status 200, usable or not.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>Requests whose reply was broken off on purpose.</summary>
    public long BrokenOff => Interlocked.Read(ref _broken);

    /// <summary>Most requests that were under way at once.</summary>
    public long MostInFlight => Interlocked.Read(ref _mostInFlight);

    /// <summary>Whether the answers to each text are counted, which takes memory for every text.</summary>
    public bool CountsTexts { get; set; } = true;

    /// <summary>Whole answers given for each text.</summary>
    public IReadOnlyDictionary<string, int> AnswersByText => _answers;

    /// <summary>Bodies and authorisation headers of requests, kept while this is on.</summary>
    public bool KeepRequests { get; set; }

    /// <summary>The requests kept.</summary>
    public ConcurrentQueue<(string Authorization, string Path, string Body)> Requests { get; } = new();

    private readonly long _started = TimeProvider.System.GetTimestamp();
    private readonly Lock _rateGate = new();
    private double _nextAnswer;

    /// <summary>Starts a server on a free port.</summary>
    public static async Task<ChatServer> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));
        WebApplication app = builder.Build();
        var server = new ChatServer(app);
        app.Run(server.HandleAsync);
        await app.StartAsync().ConfigureAwait(false);
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        server.Endpoint = new Uri(address + "/v1");
        return server;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
    }

    private async Task HandleAsync(HttpContext context)
    {
        long inFlight = Interlocked.Increment(ref _inFlight);
        for (long most; inFlight > (most = Interlocked.Read(ref _mostInFlight));) Interlocked.CompareExchange(ref _mostInFlight, inFlight, most);
        try
        {
            await ReplyAsync(context).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }

    private async Task ReplyAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        try
        {
            // Also when the client is already gone: what has come whole is a request.
            await context.Request.Body.CopyToAsync(body, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            return; // The client was killed while it sent.
        }
        long number = Interlocked.Increment(ref _received);
        if (KeepRequests) Requests.Enqueue((context.Request.Headers.Authorization.ToString(), context.Request.Path, Encoding.UTF8.GetString(body.ToArray())));
        ChatRequest request = ChatRequest.Parse(body.ToArray());
        Fault fault = Misbehave(request.Text, number);
        await WaitAsync(fault).ConfigureAwait(false);
        if (await RefuseAsync(context, fault).ConfigureAwait(false)) return;
        if (fault == Fault.Dropped)
        {
            Interlocked.Increment(ref _broken);
            context.Abort();
            return;
        }
        byte[] reply = fault == Fault.WrongJson ? "{\"choices\": [{\"message\": oops"u8.ToArray() : request.Echoed.Count > 0 ? EchoReply.Write(request, Distribution(request.Text), Markers, fault) : ChatReply.Write(request, Distribution(request.Text), Markers, fault);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = reply.Length;
        if (fault == Fault.HalfBody)
        {
            Interlocked.Increment(ref _broken);
            await context.Response.Body.WriteAsync(reply.AsMemory(0, reply.Length / 2)).ConfigureAwait(false);
            await context.Response.Body.FlushAsync().ConfigureAwait(false);
            context.Abort();
            return;
        }
        Interlocked.Increment(ref _answered);
        if (CountsTexts) _answers.AddOrUpdate(request.Text, 1, (_, count) => count + 1);
        try
        {
            await context.Response.Body.WriteAsync(reply).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client was killed while it was answered; it has the answer to pay for all the same.
        }
    }

    private async Task WaitAsync(Fault fault)
    {
        TimeSpan wait = Delay + (fault == Fault.Slow ? Lateness : TimeSpan.Zero);
        if (Rate > 0)
        {
            lock (_rateGate)
            {
                double now = TimeProvider.System.GetElapsedTime(_started).TotalSeconds;
                _nextAnswer = Math.Max(now, _nextAnswer) + 1 / Rate;
                wait += TimeSpan.FromSeconds(_nextAnswer - now);
            }
        }
        if (wait > TimeSpan.Zero) await Task.Delay(wait).ConfigureAwait(false);
    }

    private async Task<bool> RefuseAsync(HttpContext context, Fault fault)
    {
        (int status, string code, string message) = fault switch
        {
            Fault.BusyWithRetryAfter or Fault.Busy => (429, "rate_limit_exceeded", "Rate limit reached"),
            Fault.Error => (500, "server_error", "The server had an error"),
            Fault.QuotaExhausted => (429, "insufficient_quota", "You exceeded your current quota"),
            Fault.KeyRefused => (401, "invalid_api_key", $"Incorrect API key provided: {context.Request.Headers.Authorization}"),
            Fault.NotFound => (404, "model_not_found", "The model does not exist"),
            Fault.Rejected => (400, "context_length_exceeded", "This prompt is too long"),
            Fault.LogProbabilitiesRefused => (400, "unsupported_parameter", "logprobs is not supported with this model"),
            _ => (0, "", ""),
        };
        if (status == 0) return false;
        Interlocked.Increment(ref _errors);
        context.Response.StatusCode = status;
        if (fault == Fault.BusyWithRetryAfter) context.Response.Headers.RetryAfter = "1";
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(JsonSerializer.Serialize(new { error = new { message, code, type = code } })).ConfigureAwait(false);
        return true;
    }
}
