using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Llkd.Cli.Tests.Support;

namespace Llkd.Cli.Tests.Contract;

/// <summary>`llkd serve` as a process.</summary>
public sealed class ServeTests
{
    [Fact]
    public async Task It_answers_until_it_is_interrupted()
    {
        using var place = new Workplace();
        place.Run().Succeeds();
        using LlkdProcess process = LlkdProcess.Start(place.Folder, "serve", "--model", "out", "--port", "0");
        string line = process.NextLine(TimeSpan.FromMinutes(1));
        Assert.Matches(@"^Listening on http://127\.0\.0\.1:\d+/?$", line);
        using var client = new HttpClient { BaseAddress = new Uri(line.Split(' ')[^1]) };
        string[] texts = ["please refund the invoice charge", "login password locked"];
        using var content = new StringContent(JsonSerializer.Serialize(new { texts }), Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await client.PostAsync("/v1/classify", content, TestContext.Current.CancellationToken);
        JsonArray results = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["results"]!.AsArray();
        Assert.Equal(Predicted(place, texts), results.Select(result => result!["label"]!.GetValue<string>()));
        Assert.Contains("out", await client.GetStringAsync("/v1/model", TestContext.Current.CancellationToken), StringComparison.Ordinal);
        process.Interrupt();
        Assert.Equal(0, process.Wait().Status);
    }

    [Fact]
    public void An_address_others_reach_needs_a_key()
    {
        using var place = new Workplace();
        place.Run().Succeeds();
        place.Llkd("serve", "--model", "out", "--host", "0.0.0.0", "--api-key-variable", "LLKD_NO_SUCH_KEY", "--port", "0").Says(2, "LLKD_NO_SUCH_KEY");
        place.Llkd("serve", "--model", "out", "--host", "somewhere").Says(2, "somewhere");
        place.Llkd("serve", "--model", "nowhere").Says(2, "nowhere");
        place.Llkd("serve", "--model", "out", "--port", "70000").Says(2, "70000");
    }

    private static string[] Predicted(Workplace place, string[] texts)
    {
        place.Write("texts.txt", string.Join('\n', texts));
        Ended ended = place.Llkd("predict", "--model", "out", "--input", "texts.txt").Succeeds();
        return [.. ended.Output.TrimEnd().Split('\n').Skip(1).Select(line => line.Split(',')[1])];
    }
}
