using System.Net;
using Llkd.Inference;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Llkd.Serving;

/// <summary>
/// A classifier behind HTTP: POST /v1/classify, GET /v1/model, /healthz, /metrics, /openapi.json, and a page at `/`.
/// Reads no configuration but its options, and no environment.
/// </summary>
public sealed class ClassifierService : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly Endpoints _endpoints;

    private ClassifierService(WebApplication application, Endpoints endpoints) => (_application, _endpoints) = (application, endpoints);

    /// <summary>Where it listens, such as http://127.0.0.1:8080.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>Starts to listen.</summary>
    /// <param name="classifier">The classifier; the caller keeps it, and frees it after the service.</param>
    /// <param name="options">Address, key, limits.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    /// <exception cref="InputException">An option is wrong, or the port is taken.</exception>
    public static async Task<ClassifierService> StartAsync(TextClassifier classifier, ServiceOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
            kestrel.Listen(options.Address, options.Port);
        });
        builder.Services.AddRoutingCore();
        // Signals are the caller's business.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.StopWithin);
        WebApplication application = builder.Build();
        var service = new ClassifierService(application, new Endpoints(classifier, options));
        try
        {
            service._endpoints.Map(application);
            await application.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            await service.DisposeAsync().ConfigureAwait(false);
            throw new InputException($"{new IPEndPoint(options.Address, options.Port)} cannot be listened on: {e.Message} Choose another --port.", e);
        }
        catch
        {
            await service.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        ICollection<string> addresses = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        service.Url = new Uri(addresses.First());
        return service;
    }

    /// <summary>Takes no more calls, and waits for those under way, at most <see cref="ServiceOptions.StopWithin"/>.</summary>
    public Task StopAsync() => _application.StopAsync();

    /// <summary>Stops.</summary>
    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync().ConfigureAwait(false);
        _endpoints.Dispose();
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
