using System.ClientModel;
using Llkd.Labels;
using Llkd.Tasks;
using Llkd.Teachers.Calls;
using Llkd.Teachers.Models;
using Llkd.Teachers.Prompting;
using Microsoft.Extensions.AI;

namespace Llkd.Teachers.Tests.Models;

public sealed class ChatClientModelTests
{
    [Fact]
    public async Task Any_chat_client_is_a_teacher_whose_confidence_is_the_agreement_of_samples()
    {
        using var client = new Client();
        TaskLabel[] labels = [new() { Name = "joy" }, new() { Name = "anger" }];
        var prompts = new PromptBuilder(labels, PromptTemplate.BuiltIn(PromptFormat.All[0]), AnswerStyle.Auto, [], seed: 1);
        using var teacher = new LanguageModelTeacher(
            new ChatClientModel(client, "mine"), prompts, new LanguageModelOptions { Samples = 4 }, new CallOptions { Concurrency = 1 }, new SkippingTime());
        var answers = new List<TeacherLabel>();
        await foreach (TeacherLabel answer in teacher.LabelAsync(Documents(), TestContext.Current.CancellationToken)) answers.Add(answer);
        Assert.Equal(20, answers.Count);
        Assert.All(answers, answer => Assert.Equal(("agreement of 4 samples", 0.75f), (answer.Evidence, answer.Distribution![0])));
        // The first three texts cost a call that looked for log-probabilities; one call broke and was made again.
        Assert.Equal(20 * 4 + 3 + 1, client.Calls);
        Assert.Equal(20 * 4 + 3, answers.Sum(answer => answer.Calls));
    }

    private static async IAsyncEnumerable<Llkd.Documents.Document> Documents()
    {
        foreach (var document in ServedTeacher.Documents(20)) yield return document;
        await Task.CompletedTask;
    }

    /// <summary>Of four answers at a temperature, three are A; the tenth call breaks.</summary>
    private sealed class Client : IChatClient
    {
        private int _samples;
        public int Calls { get; private set; }

        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            if (++Calls == 10) throw new HttpRequestException("broken");
            Assert.Equal([ChatRole.System, ChatRole.User], messages.Select(message => message.Role));
            return Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, options!.Temperature == 0 || _samples++ % 4 != 0 ? "A" : "B")));
        }

        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose() { }
    }
}
