using Llkd.Documents;
using Llkd.Tasks;
using Llkd.Teachers;
using Llkd.Teachers.Calls;
using Llkd.Teachers.Models;
using Llkd.Teachers.Prompting;

namespace Llkd.Cli.Pipeline;

/// <summary>Makes the teachers of `teacher.kind: openai` and `teacher.kind: onnx`.</summary>
internal static class LanguageModelFactory
{
    /// <summary>Prepares the teacher; nothing is asked yet, and no key is needed before that.</summary>
    public static LanguageModelTeacher Create(DistillationTask task, IReadOnlyList<Document> examples)
    {
        TeacherOptions teacher = task.Teacher;
        if (teacher.Kind == TeacherKind.Onnx) return LocalModelFactory.Create(task, examples);
        PromptTemplate template = Template(task);
        if (teacher.ConfidenceFrom == ConfidenceSource.LabelScores && template.Format.IsChat)
            throw new InputException("`teacher.confidenceFrom: label-scores` needs the log-probabilities of prompts, which chats do not give; name a format of plain completion by `teacher.template`, such as llama-3.");
        var prompts = new PromptBuilder(task.Labels, template, teacher.Answer, examples, teacher.Seed, teacher.Nearest);
        var model = new OpenAIModel(new OpenAIModelOptions
        {
            Endpoint = teacher.Endpoint is { } endpoint ? new Uri(endpoint) : null,
            Model = teacher.Model!,
            Key = Key(teacher),
            Format = template.Format,
            Timeout = TimeSpan.FromSeconds(teacher.Timeout),
            Request = teacher.Request ?? RequestFields.None,
        });
        return new LanguageModelTeacher(model, prompts, Options(teacher), new CallOptions
        {
            Concurrency = teacher.Concurrency,
            RequestsPerMinute = teacher.RequestsPerMinute,
            TokensPerMinute = teacher.TokensPerMinute,
            Attempts = teacher.Attempts,
        });
    }

    /// <summary>How answers are read.</summary>
    public static LanguageModelOptions Options(TeacherOptions teacher) => new()
    {
        ConfidenceFrom = teacher.ConfidenceFrom,
        TopLogProbabilities = teacher.TopLogProbabilities,
        Samples = teacher.Samples,
        SampleTemperature = teacher.SampleTemperature,
        MaxTokens = teacher.MaxTokens,
    };

    /// <summary>Sees to it that there is a key where one is needed, before the first request.</summary>
    /// <exception cref="InputException">The variable is not set.</exception>
    public static void RequireKey(TeacherOptions teacher)
    {
        if (teacher.Kind != TeacherKind.Openai || Key(teacher) is not null) return;
        string variable = teacher.ApiKeyVariable ?? "OPENAI_API_KEY";
        if (teacher.Endpoint is null)
            throw new InputException($"OpenAI's endpoint needs a key, and the environment variable {variable} is not set. Set it to the key, or name another endpoint by `teacher.endpoint`.");
        // A variable that somebody named is meant to be there; the default one may be missing for a server that needs no key.
        if (teacher.ApiKeyVariable is not null && variable != new TeacherOptions().ApiKeyVariable)
            throw new InputException($"`teacher.apiKeyVariable` names the environment variable {variable}, which is not set. Set it to the endpoint's key, or say `apiKeyVariable: null` where none is needed.");
    }

    private static string? Key(TeacherOptions teacher) =>
        teacher.ApiKeyVariable is { } variable && Environment.GetEnvironmentVariable(variable)?.Trim() is { Length: > 0 } key ? key : null;

    /// <summary>The words of the prompt.</summary>
    public static PromptTemplate Template(DistillationTask task)
    {
        TeacherOptions teacher = task.Teacher;
        if (PromptFormat.Find(teacher.Template) is { } format) return PromptTemplate.BuiltIn(format, teacher.Instruction);
        return teacher.Instruction is null
            ? PromptTemplate.Load(task.PathOf(teacher.Template))
            : throw new InputException("`teacher.instruction` and a template file in `teacher.template` are both given; write the instruction into the file.");
    }
}
