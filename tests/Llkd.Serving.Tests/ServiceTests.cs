using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Llkd.Inference;
using Llkd.Inference.Tests;

namespace Llkd.Serving.Tests;

/// <summary>The service over HTTP.</summary>
public sealed class ServiceTests(Moods moods) : IClassFixture<Moods>
{
    private const string Key = "a key of some length";

    [Fact]
    public async Task Texts_get_the_classifiers_answers()
    {
        await using Served served = await Served.StartAsync(moods);
        using var classifier = TextClassifier.Load(moods.Exported("ngram"));
        string[] texts = [.. moods.Texts.Take(40), "", "<b>good</b>", "日本 \ud83c\udfac"];
        (int status, JsonNode body) = await served.PostAsync(JsonSerializer.Serialize(new { texts }));
        Assert.Equal(200, status);
        JsonArray results = body["results"]!.AsArray();
        IReadOnlyList<Prediction> expected = classifier.Predict(texts, TestContext.Current.CancellationToken);
        Assert.Equal(texts.Length, results.Count);
        for (int i = 0; i < texts.Length; i++)
        {
            Assert.Equal(expected[i].Label, results[i]!["label"]!.GetValue<string>());
            Assert.Equal(expected[i].Confidence, results[i]!["confidence"]!.GetValue<float>(), 1e-5f);
            Assert.Equal(Moods.Labels, results[i]!["probabilities"]!.AsObject().Select(pair => pair.Key));
        }
        (status, body) = await served.PostAsync("""{"text": "good good"}""");
        Assert.Equal(200, status);
        Assert.Equal("good", body["results"]!.AsArray().Single()!["label"]!.GetValue<string>());
    }

    [Theory]
    [InlineData(400, "bad_request", "")]
    [InlineData(400, "bad_request", "null")]
    [InlineData(400, "bad_request", "[]")]
    [InlineData(400, "bad_request", "{}")]
    [InlineData(400, "bad_request", """{"text": 1}""")]
    [InlineData(400, "bad_request", """{"texts": []}""")]
    [InlineData(400, "bad_request", """{"texts": ["a", null]}""")]
    [InlineData(400, "bad_request", """{"text": "a", "texts": ["b"]}""")]
    [InlineData(400, "bad_request", """{"text": "a", "text": "b"}""")]
    [InlineData(400, "bad_request", """{"txt": "a"}""")]
    [InlineData(400, "bad_request", """{"text": "\ud800"}""")]
    [InlineData(400, "bad_request", """{"text": "a"} more""")]
    [InlineData(400, "bad_request", "{\"texts\": [[[[[[[[]]]]]]]]}")]
    [InlineData(413, "too_many_texts", """{"texts": ["a", "b", "c", "d"]}""")]
    [InlineData(413, "text_too_long", """{"text": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}""")]
    [InlineData(413, "body_too_large", """{"text": "a",                                                                                                                                                                                                                   "more": 1}""")]
    [InlineData(415, "unsupported_media_type", """{"text": "a"}""", "text/plain")]
    public async Task What_is_wrong_is_said_in_JSON(int status, string code, string body, string type = "application/json")
    {
        await using Served served = await Served.StartAsync(moods, new ServiceOptions { MaxTexts = 3, MaxTextLength = 40, MaxBodyBytes = 200 });
        (int actual, JsonNode answer) = await served.PostAsync(body, type);
        Assert.Equal(status, actual);
        Assert.Equal(code, answer["error"]!["code"]!.GetValue<string>());
        Assert.NotEmpty(answer["error"]!["message"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_body_of_unknown_length_is_cut_off_at_the_limit()
    {
        await using Served served = await Served.StartAsync(moods, new ServiceOptions { MaxBodyBytes = 1000 });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/classify") { Content = new StreamContent(new MemoryStream(Encoding.UTF8.GetBytes($"{{\"text\": \"{new string('a', 5000)}\"}}"))) };
        request.Headers.TransferEncodingChunked = true;
        request.Content.Headers.ContentType = new("application/json");
        using HttpResponseMessage response = await served.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(413, (int)response.StatusCode);
    }

    [Fact]
    public async Task More_calls_than_allowed_at_once_are_asked_to_come_later()
    {
        await using Served served = await Served.StartAsync(moods, new ServiceOptions { MaxConcurrent = 1 });
        // One call that has sent half of its body is under way until it sends the rest.
        using var half = new System.Net.Sockets.TcpClient();
        await half.ConnectAsync(IPAddress.Loopback, served.Service.Url.Port, TestContext.Current.CancellationToken);
        await half.GetStream().WriteAsync("POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"text\""u8.ToArray(), TestContext.Current.CancellationToken);
        string metrics;
        do metrics = await served.Client.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        while (!metrics.Contains("llkd_requests_under_way 1\n", StringComparison.Ordinal));
        using var content = new StringContent("""{"text": "good"}""", Encoding.UTF8, "application/json");
        using HttpResponseMessage refused = await served.Client.PostAsync("/v1/classify", content, TestContext.Current.CancellationToken);
        Assert.Equal(429, (int)refused.StatusCode);
        Assert.Equal("1", refused.Headers.GetValues("Retry-After").Single());
        await half.GetStream().WriteAsync(": \"good\"}"u8.ToArray(), TestContext.Current.CancellationToken);
        var buffer = new byte[64];
        await half.GetStream().ReadExactlyAsync(buffer.AsMemory(0, 12), TestContext.Current.CancellationToken);
        Assert.Equal("HTTP/1.1 200", Encoding.ASCII.GetString(buffer, 0, 12));
        Assert.Equal(200, (await served.PostAsync("""{"text": "good"}""")).Status);
    }

    [Fact]
    public async Task With_a_key_only_its_holder_gets_answers()
    {
        await using Served served = await Served.StartAsync(moods, new ServiceOptions { ApiKey = Key });
        const string Body = """{"text": "good"}""";
        Assert.Equal(401, (await served.PostAsync(Body)).Status);
        Assert.Equal(401, (await served.PostAsync(Body, key: "another key")).Status);
        Assert.Equal(401, (await served.PostAsync(Body, key: Key + "x")).Status);
        Assert.Equal(200, (await served.PostAsync(Body, key: Key)).Status);
        Assert.Equal(401, (await served.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/v1/model"))).Status);
        Assert.Equal(401, (await served.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/metrics"))).Status);
        Assert.Equal(200, (await served.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/healthz"))).Status);
    }

    [Fact]
    public async Task An_address_others_reach_is_refused_without_a_key()
    {
        var options = new ServiceOptions { Address = IPAddress.Any };
        using var classifier = TextClassifier.Load(moods.Exported("ngram"));
        await Assert.ThrowsAsync<InputException>(() => ClassifierService.StartAsync(classifier, options, TestContext.Current.CancellationToken));
        await using Served served = await Served.StartAsync(moods, options with { ApiKey = Key });
    }

    [Fact]
    public async Task Without_a_key_a_request_for_another_host_is_refused()
    {
        await using Served served = await Served.StartAsync(moods);
        var request = new HttpRequestMessage(HttpMethod.Get, "/v1/model");
        request.Headers.Host = "elsewhere.example";
        (int status, JsonNode body) = await served.SendAsync(request);
        Assert.Equal(400, status);
        Assert.Equal("bad_host", body["error"]!["code"]!.GetValue<string>());
    }

    [Fact]
    public async Task Metrics_count_what_was_answered()
    {
        await using Served served = await Served.StartAsync(moods);
        await served.PostAsync("""{"texts": ["good good", "bad awful"]}""");
        await served.PostAsync("{}");
        string metrics = await served.Client.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        foreach (string line in new[] { "llkd_requests_total{status=\"200\"} 1", "llkd_requests_total{status=\"400\"} 1", "llkd_texts_total 2", "llkd_request_duration_seconds_count 2", "llkd_answers_total{label=\"good\"} 1", "llkd_requests_under_way 0" })
            Assert.Contains(line + "\n", metrics, StringComparison.Ordinal);
        Assert.All(metrics.TrimEnd().Split('\n'), line => Assert.Matches("^(# (HELP|TYPE) llkd_.+|llkd_[a-z_]+(\\{[a-z]+=\"[^\"]*\"\\})? [0-9.e+-]+)$", line));
    }

    [Fact]
    public async Task The_OpenAPI_document_tells_what_there_is()
    {
        await using Served served = await Served.StartAsync(moods);
        JsonNode document = JsonNode.Parse(await served.Client.GetStringAsync("/openapi.json", TestContext.Current.CancellationToken))!;
        JsonObject schemas = document["components"]!["schemas"]!.AsObject();
        foreach ((string path, JsonNode? methods) in document["paths"]!.AsObject())
        {
            foreach ((string method, JsonNode? operation) in methods!.AsObject())
            {
                using var request = new HttpRequestMessage(HttpMethod.Parse(method), path);
                if (operation!["requestBody"] is { } body)
                    request.Content = new StringContent(body["content"]!["application/json"]!["example"]!.ToJsonString(), Encoding.UTF8, "application/json");
                using HttpResponseMessage response = await served.Client.SendAsync(request, TestContext.Current.CancellationToken);
                Assert.Equal(200, (int)response.StatusCode);
                JsonObject content = operation["responses"]!["200"]!["content"]!.AsObject();
                Assert.Equal(content.Single().Key, response.Content.Headers.ContentType!.MediaType);
                if (content["application/json"]?["schema"]?["$ref"]?.GetValue<string>() is { } schema)
                    Fits(JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)), schemas[schema.Split('/')[^1]]!, schemas);
            }
        }
        Fits((await served.PostAsync("{")).Body, schemas["Error"]!, schemas);
        Assert.Equal(404, (await served.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/nothing"))).Status);
    }

    [Theory]
    [InlineData("PUT", "/v1/classify", "POST")]
    [InlineData("GET", "/v1/classify", "POST")]
    [InlineData("POST", "/healthz", "GET, HEAD")]
    [InlineData("DELETE", "/", "GET, HEAD")]
    public async Task A_wrong_method_is_refused_with_the_right_one(string method, string path, string allowed)
    {
        await using Served served = await Served.StartAsync(moods);
        using HttpResponseMessage answer = await served.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path), TestContext.Current.CancellationToken);
        Assert.Equal(405, (int)answer.StatusCode);
        Assert.Equal(allowed, string.Join(", ", answer.Content.Headers.Allow));
        Assert.Contains("method_not_allowed", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_may_ask_for_the_head_alone()
    {
        await using Served served = await Served.StartAsync(moods);
        using HttpResponseMessage answer = await served.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/healthz"), TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_stopping_service_answers_the_calls_under_way()
    {
        await using Served served = await Served.StartAsync(moods, kind: "transformer");
        string body = JsonSerializer.Serialize(new { texts = Enumerable.Repeat(string.Join(' ', Enumerable.Repeat("good film", 200)), 256) });
        Task<(int Status, JsonNode Body)> call = served.PostAsync(body);
        string metrics;
        do metrics = await served.Client.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        while (!metrics.Contains("llkd_requests_under_way 1\n", StringComparison.Ordinal) && !call.IsCompleted);
        await served.Service.StopAsync();
        Assert.Equal(200, (await call).Status);
        await Assert.ThrowsAsync<HttpRequestException>(() => served.PostAsync("""{"text": "good"}"""));
    }

    /// <summary>A small part of JSON Schema: type, required, properties, items, references; no key that is not described.</summary>
    private static void Fits(JsonNode? value, JsonNode schema, JsonObject schemas)
    {
        if (schema["$ref"]?.GetValue<string>() is { } reference)
        {
            Fits(value, schemas[reference.Split('/')[^1]]!, schemas);
            return;
        }
        string[] types = schema["type"] is JsonArray several ? [.. several.Select(type => type!.GetValue<string>())] : [schema["type"]!.GetValue<string>()];
        string kind = value is null ? "null" : value.GetValueKind() switch
        {
            JsonValueKind.Object => "object",
            JsonValueKind.Array => "array",
            JsonValueKind.String => "string",
            JsonValueKind.Number => types.Contains("integer") && value.GetValue<double>() % 1 == 0 ? "integer" : "number",
            _ => "boolean",
        };
        Assert.Contains(kind, types);
        if (value is JsonArray items) foreach (JsonNode? item in items) Fits(item, schema["items"]!, schemas);
        if (value is not JsonObject members) return;
        foreach (JsonNode? required in schema["required"]?.AsArray() ?? []) Assert.True(members.ContainsKey(required!.GetValue<string>()), $"{required} is missing");
        foreach ((string name, JsonNode? member) in members)
        {
            JsonNode? described = schema["properties"]?[name] ?? schema["additionalProperties"];
            Assert.True(described is not null, $"`{name}` is not described");
            Fits(member, described, schemas);
        }
    }
}
