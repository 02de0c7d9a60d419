using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Llkd.Inference;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Llkd.Serving;

/// <summary>What is answered where.</summary>
internal sealed class Endpoints(TextClassifier classifier, ServiceOptions options) : IDisposable
{
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string[] Reading = ["GET", "HEAD"];
    private readonly ApiKey? _key = string.IsNullOrWhiteSpace(options.ApiKey) ? null : new ApiKey(options.ApiKey);
    private readonly ServiceMetrics _metrics = new();

    /// <summary>More runs at once than processors would only make each slower.</summary>
    private readonly SemaphoreSlim _work = new(Environment.ProcessorCount);

    public void Dispose() => _work.Dispose();

    public void Map(WebApplication application)
    {
        application.Use(GuardAsync);
        var allowed = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["/v1/classify"] = "POST" };
        application.MapPost("/v1/classify", ClassifyAsync);
        Get("/v1/model", context => WriteAsync(context, 200, Model));
        Get("/healthz", context => WriteAsync(context, 200, json => json.WriteString("status", "ok")));
        Get("/metrics", context => TextAsync(context, "text/plain; version=0.0.4; charset=utf-8", Encoding.UTF8.GetBytes(_metrics.Write())));
        Get("/openapi.json", context => TextAsync(context, "application/json", Resource("openapi.json")));
        Get("/", context => TextAsync(context, "text/html; charset=utf-8", Resource("index.html")));
        Get("/page.css", context => TextAsync(context, "text/css; charset=utf-8", Resource("page.css")));
        Get("/page.js", context => TextAsync(context, "text/javascript; charset=utf-8", Resource("page.js")));
        application.MapFallback("{**path}", context => NothingAsync(context, allowed.GetValueOrDefault(context.Request.Path.Value ?? "")));

        void Get(string path, RequestDelegate answer)
        {
            // Proxies ask for the head alone to see whether the service lives.
            application.MapMethods(path, Reading, answer);
            allowed.Add(path, "GET, HEAD");
        }
    }

    private static Task NothingAsync(HttpContext context, string? allowed)
    {
        if (allowed is null) return RefuseAsync(context, new RefusedException(404, "not_found", "There is nothing at this address; /openapi.json tells what there is."));
        context.Response.Headers.Allow = allowed;
        return RefuseAsync(context, new RefusedException(405, "method_not_allowed", $"This address takes {allowed}; /openapi.json tells what there is."));
    }

    /// <summary>Headers for browsers, who may come in, and a JSON body for every refusal.</summary>
    private async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-store";
        try
        {
            if (_key is null && !IsThisMachine(context.Request.Host.Host))
                throw new RefusedException(400, "bad_host", "Without an API key the service answers to localhost only; this request names another host.");
            if (_key is not null && NeedsKey(context.Request.Path) && !_key.Allows(context.Request.Headers.Authorization))
            {
                headers.WWWAuthenticate = "Bearer";
                throw new RefusedException(401, "unauthorized", "Send the API key as `Authorization: Bearer KEY`.");
            }
            await next(context).ConfigureAwait(false);
        }
        catch (RefusedException e)
        {
            await RefuseAsync(context, e).ConfigureAwait(false);
        }
        catch (BadHttpRequestException e)
        {
            await RefuseAsync(context, e.StatusCode == 413 ? TooLarge() : new RefusedException(e.StatusCode, "bad_request", e.Message)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone.
        }
        catch (Exception e) when (e is RunFailedException or OutOfMemoryException)
        {
            await RefuseAsync(context, new RefusedException(500, "failed", e.Message)).ConfigureAwait(false);
        }
    }

    /// <summary>A page elsewhere whose name was made to point to this machine must not get answers.</summary>
    private static bool IsThisMachine(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out IPAddress? address) && IPAddress.IsLoopback(address));

    private static bool NeedsKey(PathString path) => path.StartsWithSegments("/v1") || path.StartsWithSegments("/metrics");

    private async Task ClassifyAsync(HttpContext context)
    {
        long start = Stopwatch.GetTimestamp();
        int underWay = _metrics.Enter();
        try
        {
            if (underWay > options.MaxConcurrent)
            {
                context.Response.Headers.RetryAfter = "1";
                throw new RefusedException(429, "too_many_requests", $"{options.MaxConcurrent} calls are under way already. Try again in a second.");
            }
            string[] texts = ClassifyRequest.Parse(await ReadAsync(context).ConfigureAwait(false), options);
            IReadOnlyList<Prediction> answers;
            await _work.WaitAsync(context.RequestAborted).ConfigureAwait(false);
            try
            {
                answers = classifier.Predict(texts, context.RequestAborted);
            }
            finally
            {
                _work.Release();
            }
            foreach (Prediction answer in answers) _metrics.Answered(answer.Label, answer.Truncated);
            await WriteAsync(context, 200, json => Results(json, answers)).ConfigureAwait(false);
        }
        catch (RefusedException e)
        {
            await RefuseAsync(context, e).ConfigureAwait(false);
        }
        finally
        {
            _metrics.Leave(context.RequestAborted.IsCancellationRequested ? 499 : context.Response.StatusCode, Stopwatch.GetElapsedTime(start));
        }
    }

    private async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContext context)
    {
        // A form of another site can be sent without asking, JSON cannot.
        if (!context.Request.HasJsonContentType()) throw new RefusedException(415, "unsupported_media_type", "Send `Content-Type: application/json`.");
        if (context.Request.ContentLength > options.MaxBodyBytes) throw TooLarge();
        var body = new ArrayBufferWriter<byte>((int)Math.Clamp(context.Request.ContentLength ?? 4096, 256, 1 << 20));
        try
        {
            while (true)
            {
                int read = await context.Request.Body.ReadAsync(body.GetMemory(4096), context.RequestAborted).ConfigureAwait(false);
                if (read == 0) return body.WrittenMemory;
                body.Advance(read);
            }
        }
        catch (BadHttpRequestException e)
        {
            throw e.StatusCode == 413 ? TooLarge() : new RefusedException(e.StatusCode, "bad_request", e.Message);
        }
    }

    private RefusedException TooLarge() => new(413, "body_too_large", FormattableString.Invariant($"The body has more than the {options.MaxBodyBytes:N0} bytes that a call takes. Send several calls."));

    private void Results(Utf8JsonWriter json, IReadOnlyList<Prediction> answers)
    {
        json.WriteStartArray("results");
        foreach (Prediction answer in answers)
        {
            json.WriteStartObject();
            json.WriteString("label", answer.Label);
            json.WriteNumber("confidence", answer.Confidence);
            json.WriteBoolean("truncated", answer.Truncated);
            json.WriteStartObject("probabilities");
            for (int k = 0; k < classifier.Labels.Count; k++) json.WriteNumber(classifier.Labels[k], answer.Probabilities.Span[k]);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private void Model(Utf8JsonWriter json)
    {
        json.WriteString("name", options.Model);
        json.WriteStartArray("labels");
        foreach (string label in classifier.Labels) json.WriteStringValue(label);
        json.WriteEndArray();
        json.WriteNumber("temperature", classifier.Temperature);
        json.WriteNumber("maxTokens", classifier.MaxLength);
        json.WriteNumber("maxTexts", options.MaxTexts);
        json.WriteNumber("maxTextLength", options.MaxTextLength);
        json.WriteNumber("maxBodyBytes", options.MaxBodyBytes);
    }

    private static Task RefuseAsync(HttpContext context, RefusedException refused)
    {
        if (context.Response.HasStarted) return Task.CompletedTask;
        return WriteAsync(context, refused.Status, json =>
        {
            json.WriteStartObject("error");
            json.WriteString("code", refused.Code);
            json.WriteString("message", refused.Message);
            json.WriteEndObject();
        });
    }

    private static Task WriteAsync(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Json))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        context.Response.StatusCode = status;
        return TextAsync(context, "application/json; charset=utf-8", buffer.WrittenMemory);
    }

    private static Task TextAsync(HttpContext context, string type, ReadOnlyMemory<byte> bytes)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = bytes.Length;
        return context.Response.Body.WriteAsync(bytes, context.RequestAborted).AsTask();
    }

    private static byte[] Resource(string name)
    {
        using Stream stream = typeof(Endpoints).Assembly.GetManifestResourceStream(name)!;
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }
}
