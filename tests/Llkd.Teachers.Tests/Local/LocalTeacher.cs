using Llkd.Documents;
using Llkd.Labels;
using Llkd.Tasks;
using Llkd.Teachers.Calls;
using Llkd.Teachers.Local;
using Llkd.Teachers.Prompting;
using Llkd.TestModels;

namespace Llkd.Teachers.Tests.Local;

/// <summary>A teacher with a model of random weights in a folder of its own, which both go with the test.</summary>
internal sealed class LocalTeacher : IDisposable
{
    private readonly TestData.Folder _folder = new();

    public LocalTeacher(
        TokenizerFamily family = TokenizerFamily.Qwen, Func<DecoderShape, DecoderShape>? shape = null, string[]? labels = null,
        AnswerStyle style = AnswerStyle.Auto, string? format = null, int threads = 2, int? maxTokens = null, Document[]? examples = null, int nearest = 0)
    {
        Labels = [.. (labels ?? ["joy", "anger", "fear"]).Select(name => new TaskLabel { Name = name })];
        DecoderFolder.Write(Folder, family, shape);
        Model = new LocalModel(new LocalModelOptions
        {
            Folder = Folder,
            Format = format is null ? null : PromptFormat.Find(format),
            Threads = threads,
            MaxTokens = maxTokens,
        });
        Prompts = new PromptBuilder(Labels, PromptTemplate.BuiltIn(Model.Format), style, examples ?? [], seed: 1, nearest);
        Teacher = new LanguageModelTeacher(Model, Prompts, new LanguageModelOptions(), new CallOptions());
    }

    public TaskLabel[] Labels { get; }
    public LocalModel Model { get; }
    public PromptBuilder Prompts { get; }
    public LanguageModelTeacher Teacher { get; }
    public string Folder => _folder.File("model");

    /// <summary>All answers to some texts, in the order of the texts.</summary>
    public async Task<TeacherLabel[]> LabelAsync(params string[] texts)
    {
        var answers = new Dictionary<DocumentKey, TeacherLabel>();
        await foreach (TeacherLabel answer in Teacher.LabelAsync(Stream(texts), TestContext.Current.CancellationToken)) answers.Add(answer.Key, answer);
        return [.. texts.Select(text => answers[DocumentKey.Of(text)])];
    }

    private static async IAsyncEnumerable<Document> Stream(string[] texts)
    {
        foreach (string text in texts) yield return TestData.Document(text);
        await Task.CompletedTask;
    }

    public void Dispose()
    {
        Teacher.Dispose();
        _folder.Dispose();
    }
}
