using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Llkd.Inference;
using Llkd.Inference.Tests;

namespace Llkd.Serving.Tests;

/// <summary>A running service of a small classifier, and a client.</summary>
internal sealed class Served : IAsyncDisposable
{
    private readonly TextClassifier _classifier;

    private Served(TextClassifier classifier, ClassifierService service)
    {
        (_classifier, Service) = (classifier, service);
        Client = new HttpClient { BaseAddress = service.Url };
    }

    public ClassifierService Service { get; }

    public HttpClient Client { get; }

    public static async Task<Served> StartAsync(Moods moods, ServiceOptions? options = null, string kind = "ngram")
    {
        var classifier = TextClassifier.Load(moods.Exported(kind));
        ClassifierService service = await ClassifierService.StartAsync(
            classifier, (options ?? new ServiceOptions()) with { Port = 0, Model = "moods" }, TestContext.Current.CancellationToken);
        return new Served(classifier, service);
    }

    /// <summary>POST /v1/classify.</summary>
    public async Task<(int Status, JsonNode Body)> PostAsync(string body, string type = "application/json", string? key = null)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return await SendAsync(new HttpRequestMessage(HttpMethod.Post, "/v1/classify") { Content = content }, key);
    }

    public async Task<(int Status, JsonNode Body)> SendAsync(HttpRequestMessage request, string? key = null)
    {
        using (request)
        {
            if (key is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            using HttpResponseMessage response = await Client.SendAsync(request, TestContext.Current.CancellationToken);
            return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Service.DisposeAsync();
        _classifier.Dispose();
    }
}
