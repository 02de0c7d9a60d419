using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net.Http.Headers;
using Llkd.Tasks;
using Llkd.Teachers.Calls;
using Llkd.Teachers.Prompting;
using OpenAI;
using OpenAI.Chat;

namespace Llkd.Teachers.Models;

/// <summary>Where an OpenAI-compatible model is.</summary>
public sealed record OpenAIModelOptions
{
    /// <summary>Address up to the version, such as http://localhost:8000/v1; null: OpenAI's own.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>Name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>The key; null where the endpoint needs none. It is sent to the endpoint and written nowhere.</summary>
    public string? Key { get; init; }

    /// <summary>How prompts are sent: as chats, or as one text for plain completion.</summary>
    public PromptFormat Format { get; init; } = PromptFormat.All[0];

    /// <summary>Fields added to every request, or put in place of those written otherwise; part of the model's identity. None may have a name of <see cref="RequestFields.Reserved"/>.</summary>
    public RequestFields Request { get; init; } = RequestFields.None;

    /// <summary>Time after which a request is given up.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>
/// A model behind OpenAI's protocol, asked through the official client: OpenAI, Azure, vLLM, llama.cpp's server,
/// Ollama, LM Studio. The client's own retries are off, as the teacher knows better when to ask again.
/// </summary>
public sealed class OpenAIModel : IAnsweringModel, IScoringModel, ICountingModel, IDisposable
{
    private readonly OpenAIModelOptions _options;
    private readonly RequestBody _body;
    private readonly HttpClient _http;
    private readonly HttpClientPipelineTransport _transport;
    private readonly ChatClient _chat;
    private readonly Uri _completions;
    private readonly byte[] _key;

    /// <summary>Prepares the client; nothing is sent yet.</summary>
    /// <exception cref="ArgumentException">A field of the request has a reserved name.</exception>
    public OpenAIModel(OpenAIModelOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Request.Fields.Keys.FirstOrDefault(RequestFields.Reserved.Contains) is { } reserved)
            throw new ArgumentException($"The field `{reserved}` of a request is written by the model itself.", nameof(options));
        _options = options;
        _key = System.Text.Encoding.UTF8.GetBytes(options.Key ?? "");
        _http = new HttpClient(new SocketsHttpHandler
        {
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            UseCookies = false,
            ConnectCallback = CountedConnection.ConnectAsync,
        })
        { Timeout = System.Threading.Timeout.InfiniteTimeSpan };
        _transport = new HttpClientPipelineTransport(_http);
        var client = new OpenAIClientOptions
        {
            Transport = _transport,
            RetryPolicy = new ClientRetryPolicy(0),
            NetworkTimeout = options.Timeout,
            ClientLoggingOptions = new ClientLoggingOptions { EnableLogging = false },
        };
        if (options.Endpoint is { } endpoint) client.Endpoint = endpoint;
        // The client wants a key; an endpoint that needs none ignores it.
        _chat = new ChatClient(options.Model, new ApiKeyCredential(string.IsNullOrEmpty(options.Key) ? "none" : options.Key), client);
        string address = (options.Endpoint ?? new Uri("https://api.openai.com/v1")).AbsoluteUri.TrimEnd('/');
        _completions = new Uri(address + "/completions");
        _body = new RequestBody(options.Model, options.Format, IsHosted(options.Endpoint), options.Request);
        Identity = options.Request.Fields.Count == 0 ? options.Model : $"{options.Model} {options.Request.Json}";
    }

    /// <inheritdoc/>
    public string Name => _options.Model;

    /// <inheritdoc/>
    public string Identity { get; }

    /// <inheritdoc/>
    public Task<ModelReply> AskAsync(Prompt prompt, ModelOptions options, CancellationToken cancellationToken) =>
        AskAsync(prompt, options, NoCallLog.Instance, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>One request with a prompt for each answer, which the endpoint is asked to repeat (`echo`) with the log-probability of every token.</remarks>
    public Task<AnswerScores> ScoreAsync(Prompt prompt, IReadOnlyList<string> answers, CancellationToken cancellationToken) =>
        ScoreAsync(prompt, answers, NoCallLog.Instance, cancellationToken);

    Task<ModelReply> ICountingModel.AskAsync(Prompt prompt, ModelOptions options, ICallLog calls, CancellationToken cancellationToken) =>
        AskAsync(prompt, options, calls, cancellationToken);

    Task<AnswerScores> ICountingModel.ScoreAsync(Prompt prompt, IReadOnlyList<string> answers, ICallLog calls, CancellationToken cancellationToken) =>
        ScoreAsync(prompt, answers, calls, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _transport.Dispose();
        _http.Dispose();
    }

    private Task<ModelReply> AskAsync(Prompt prompt, ModelOptions options, ICallLog calls, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return PostAsync<ModelReply>(
            new CountedContent(_body.Write(prompt, options), calls), options.TopLogProbabilities > 0,
            _options.Format.IsChat ? ReplyJson.ReadChat : ReplyJson.ReadCompletion, cancellationToken);
    }

    private Task<AnswerScores> ScoreAsync(Prompt prompt, IReadOnlyList<string> answers, ICallLog calls, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(answers);
        PromptFormat format = _options.Format;
        if (format.IsChat) throw new InvalidOperationException("Endpoints of chats give no log-probabilities of prompts; take a format of plain completion.");
        // Only its end tells a label from a longer one that begins with it.
        bool ended = answers.Any(answer => answers.Any(other => other.Length > answer.Length && other.StartsWith(answer, StringComparison.Ordinal)));
        string[] scored = [.. answers.Select(answer => format.BeforeAnswer + answer + (ended ? format.Stop[0] : ""))];
        string rendered = format.Render(prompt.Messages);
        return PostAsync(new CountedContent(_body.WriteScored(scored.Select(answer => rendered + answer)), calls), true, body => EchoJson.Read(body, scored), cancellationToken);
    }

    private async Task<T> PostAsync<T>(CountedContent content, bool wantsLogProbabilities, Func<ReadOnlyMemory<byte>, T> read, CancellationToken cancellationToken)
    {
        try
        {
            using PipelineResponse response = await SendAsync(content, cancellationToken).ConfigureAwait(false);
            ReadOnlyMemory<byte> body = WithoutKey(response.Content.ToMemory());
            if (response.IsError)
                throw ErrorReply.Read(response.Status, body, RetryAfter(response.Headers), wantsLogProbabilities);
            return read(body);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException e)
        {
            throw new ModelException(ModelFailure.TimedOut, "no reply in time", inner: e);
        }
        catch (Exception e) when (e is ClientResultException or IOException or HttpRequestException)
        {
            throw Explain(e);
        }
    }

    private async Task<PipelineResponse> SendAsync(BinaryContent content, CancellationToken cancellationToken)
    {
        var request = new RequestOptions { CancellationToken = cancellationToken, ErrorOptions = ClientErrorBehaviors.NoThrow };
        if (_options.Format.IsChat)
        {
            ClientResult result = await _chat.CompleteChatAsync(content, request).ConfigureAwait(false);
            return result.GetRawResponse();
        }
        using PipelineMessage message = _chat.Pipeline.CreateMessage();
        message.Request.Method = "POST";
        message.Request.Uri = _completions;
        message.Request.Headers.Set("Content-Type", "application/json");
        message.Request.Headers.Set("Accept", "application/json");
        message.Request.Content = content;
        message.Apply(request);
        await _chat.Pipeline.SendAsync(message).ConfigureAwait(false);
        return message.ExtractResponse()!;
    }

    /// <summary>An endpoint may repeat the key in what it says, and that goes into messages and the journal.</summary>
    private ReadOnlyMemory<byte> WithoutKey(ReadOnlyMemory<byte> body)
    {
        if (_key.Length < 4 || body.Span.IndexOf(_key) < 0) return body;
        byte[] clean = body.ToArray();
        for (int at; (at = clean.AsSpan().IndexOf(_key)) >= 0;) clean.AsSpan(at, _key.Length).Fill((byte)'*');
        return clean;
    }

    private ModelException Explain(Exception e)
    {
        for (Exception? cause = e; cause is not null; cause = cause.InnerException)
        {
            if (cause is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError })
                return new ModelException(ModelFailure.Unreachable, $"{_completions.Scheme}://{_completions.Authority} could not be reached: {cause.Message}", inner: e);
        }
        return new ModelException(ModelFailure.Broken, "the connection broke", inner: e);
    }

    private static TimeSpan? RetryAfter(PipelineResponseHeaders headers)
    {
        if (headers.TryGetValue("retry-after-ms", out string? text) && double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out double milliseconds))
            return TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, 0, 3_600_000));
        if (!headers.TryGetValue("Retry-After", out text) || !RetryConditionHeaderValue.TryParse(text, out RetryConditionHeaderValue? value)) return null;
        TimeSpan wait = value.Delta ?? (value.Date - DateTimeOffset.UtcNow) ?? TimeSpan.Zero;
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    /// <summary>Hosts whose newer models refuse `max_tokens`.</summary>
    private static bool IsHosted(Uri? endpoint) =>
        endpoint is null || endpoint.Host.EndsWith("openai.com", StringComparison.OrdinalIgnoreCase)
            || endpoint.Host.EndsWith(".azure.com", StringComparison.OrdinalIgnoreCase);
}
