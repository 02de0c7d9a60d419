using System.Text.Json;
using Llkd.Labels;
using Llkd.Tasks;
using Llkd.Teachers.Calls;
using Llkd.Teachers.Models;
using Llkd.Teachers.Prompting;
using Llkd.TestServer;

namespace Llkd.Teachers.Tests;

/// <summary>Labels scored at an endpoint that repeats prompts with their tokens' log-probabilities.</summary>
public sealed class EndpointScoreTests : IAsyncLifetime
{
    private static readonly LanguageModelOptions Scores = new() { ConfidenceFrom = ConfidenceSource.LabelScores };

    private ChatServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await ChatServer.StartAsync();

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("plain")]
    [InlineData("llama-2")]
    [InlineData("llama-3")]
    [InlineData("gemma")]
    [InlineData("chatml")]
    [InlineData("mistral")]
    public async Task One_request_scores_every_label(string format)
    {
        _server.Markers = ServedTeacher.Labels;
        _server.KeepRequests = true;
        using var served = new ServedTeacher(_server, Scores, format: format, style: AnswerStyle.Words);
        TeacherLabel answer = await served.LabelAsync("I could sing");
        Assert.Equal([.7f, .2f, .1f], answer.Distribution!.Select(p => MathF.Round(p, 5)));
        Assert.Equal(("label scores", 1, "joy", 0f), (answer.Evidence, answer.Calls, answer.RawReply, answer.Unseen));
        Assert.Equal(1, _server.Received);
        (_, string path, string body) = _server.Requests.Single();
        Assert.Equal("/v1/completions", path);
        using JsonDocument request = JsonDocument.Parse(body);
        Assert.True(request.RootElement.GetProperty("echo").GetBoolean());
        Assert.Equal(3, request.RootElement.GetProperty("prompt").GetArrayLength());
        Assert.EndsWith(PromptFormat.Find(format)!.BeforeAnswer + "anger", request.RootElement.GetProperty("prompt")[1].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_label_that_begins_another_is_told_from_it_by_its_end()
    {
        string[] labels = ["card", "card payment", "card payment declined", "cash"];
        _server.Markers = labels;
        _server.Distribution = _ => [.4, .1, .3, .2];
        using var model = new OpenAIModel(new OpenAIModelOptions { Endpoint = _server.Endpoint, Model = "test", Format = PromptFormat.Find("chatml")! });
        var prompts = new PromptBuilder([.. labels.Select(name => new TaskLabel { Name = name })], PromptTemplate.BuiltIn(PromptFormat.Find("chatml")!), AnswerStyle.Words, [], seed: 1);
        AnswerScores scores = await model.ScoreAsync(prompts.For("text"), labels, TestContext.Current.CancellationToken);
        double[] expected = [.36, .09, .27, .18];
        for (int k = 0; k < labels.Length; k++) Assert.Equal(expected[k], Math.Exp(scores.LogProbabilities[k]), 1e-9);
    }

    [Theory]
    [InlineData(Fault.Busy)]
    [InlineData(Fault.Error)]
    [InlineData(Fault.HalfBody)]
    [InlineData(Fault.WrongJson)]
    [InlineData(Fault.Dropped)]
    public async Task A_fault_that_passes_costs_another_request_and_no_label(Fault fault)
    {
        _server.Misbehave = (_, number) => number <= 2 ? fault : Fault.None;
        using var served = new ServedTeacher(_server, Scores, format: "chatml");
        Assert.Equal(.7f, (await served.LabelAsync("text")).Distribution![0], 1e-5f);
        Assert.Equal(3, _server.Received);
    }

    [Theory]
    [InlineData(Fault.NoLogProbabilities)]
    [InlineData(Fault.LogProbabilitiesRefused)]
    public async Task An_endpoint_that_cannot_is_found_out_by_the_first_text(Fault fault)
    {
        _server.Misbehave = (_, _) => fault;
        using var served = new ServedTeacher(_server, Scores, new CallOptions { Concurrency = 1 }, format: "chatml");
        InputException error = await Assert.ThrowsAsync<InputException>(() => served.LabelAsync(ServedTeacher.Documents(50)));
        Assert.Contains("teacher.confidenceFrom: label-scores", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, _server.Received);
    }
}
