using Llkd.Documents;
using Llkd.Labels;
using Llkd.Tasks;
using Llkd.Teachers.Calls;
using Llkd.Teachers.Models;
using Llkd.Teachers.Prompting;
using Llkd.TestServer;

namespace Llkd.Teachers.Tests;

/// <summary>A teacher that asks a test server, over a real connection.</summary>
internal sealed class ServedTeacher : IDisposable
{
    public const string Key = "sk-secret-0123456789";

    public static readonly string[] Labels = ["joy", "anger", "fear"];

    private readonly OpenAIModel _model;

    public ServedTeacher(
        ChatServer server, LanguageModelOptions? options = null, CallOptions? calls = null, string format = "chat",
        Document[]? examples = null, TimeProvider? time = null, TimeSpan? timeout = null, AnswerStyle style = AnswerStyle.Auto, string request = "{}")
    {
        _model = new OpenAIModel(new OpenAIModelOptions
        {
            Endpoint = server.Endpoint,
            Model = "test",
            Key = Key,
            Format = PromptFormat.Find(format)!,
            Timeout = timeout ?? TimeSpan.FromSeconds(60),
            Request = RequestFields.Parse(request),
        });
        var prompts = new PromptBuilder(
            [.. Labels.Select(name => new TaskLabel { Name = name })], PromptTemplate.BuiltIn(PromptFormat.Find(format)!), style, examples ?? [], seed: 1);
        Time = time as SkippingTime ?? new SkippingTime();
        Teacher = new LanguageModelTeacher(_model, prompts, options ?? new LanguageModelOptions(), calls ?? new CallOptions(), time ?? Time);
    }

    public LanguageModelTeacher Teacher { get; }

    public SkippingTime Time { get; }

    public static LabelJournal Open(string path) => LabelJournal.Open(path, "served", Labels);

    public static Document[] Documents(int count, string prefix = "text") =>
        [.. Enumerable.Range(0, count).Select(i => TestData.Document(FormattableString.Invariant($"{prefix} {i}"), row: i + 1))];

    /// <summary>All answers to some documents, by key.</summary>
    public async Task<Dictionary<DocumentKey, TeacherLabel>> LabelAsync(IEnumerable<Document> documents)
    {
        var answers = new Dictionary<DocumentKey, TeacherLabel>();
        await foreach (TeacherLabel answer in Teacher.LabelAsync(Stream(documents), TestContext.Current.CancellationToken)) answers.Add(answer.Key, answer);
        return answers;
    }

    public async Task<TeacherLabel> LabelAsync(string text) => (await LabelAsync([TestData.Document(text)])).Values.Single();

    private static async IAsyncEnumerable<Document> Stream(IEnumerable<Document> documents)
    {
        foreach (Document document in documents) yield return document;
        await Task.CompletedTask;
    }

    public void Dispose() => _model.Dispose();
}
