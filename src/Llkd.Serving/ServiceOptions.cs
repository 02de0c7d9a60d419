using System.Net;

namespace Llkd.Serving;

/// <summary>Where a service listens, who may use it, and how much.</summary>
public sealed record ServiceOptions
{
    /// <summary>Address to listen on; default 127.0.0.1. Any but a loopback address demands <see cref="ApiKey"/>.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>Port, 0 to 65535; default 8080. 0 takes a free one.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>Key that callers send as `Authorization: Bearer KEY`; null, the default: none is asked for, and only this machine is served.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Name of the model, as /v1/model tells it; default `model`.</summary>
    public string Model { get; init; } = "model";

    /// <summary>Most bytes of a request's body; default 4 MiB. More are answered with 413.</summary>
    public long MaxBodyBytes { get; init; } = 4 << 20;

    /// <summary>Most texts of a call; default 256. More are answered with 413.</summary>
    public int MaxTexts { get; init; } = 256;

    /// <summary>Most characters (UTF-16 units) of a text; default 50,000. More are answered with 413.</summary>
    public int MaxTextLength { get; init; } = 50_000;

    /// <summary>Most calls under way, waiting ones included; default 256. More are answered with 429.</summary>
    public int MaxConcurrent { get; init; } = 256;

    /// <summary>Longest time that calls under way are waited for when the service stops; default 30 s.</summary>
    public TimeSpan StopWithin { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Refuses what is out of range, and a service that others can reach without a key.</summary>
    /// <exception cref="InputException">An option is out of its range, or the key is missing.</exception>
    public void Check()
    {
        if (Port is < 0 or > 65535) throw new InputException($"The port {Port} is out of range; it is 0 to 65535.");
        if (MaxBodyBytes < 1 || MaxTexts < 1 || MaxTextLength < 1 || MaxConcurrent < 1)
            throw new InputException("A limit of the service is below 1.");
        if (!IPAddress.IsLoopback(Address) && string.IsNullOrWhiteSpace(ApiKey))
            throw new InputException($"{Address} can be reached from other machines, and there is no API key.");
    }
}
