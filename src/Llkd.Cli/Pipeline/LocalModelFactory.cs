using Llkd.Documents;
using Llkd.Labels;
using Llkd.Tasks;
using Llkd.Teachers;
using Llkd.Teachers.Calls;
using Llkd.Teachers.Local;
using Llkd.Teachers.Prompting;

namespace Llkd.Cli.Pipeline;

/// <summary>Makes the teacher of `teacher.kind: onnx`.</summary>
internal static class LocalModelFactory
{
    /// <summary>Prepares the teacher: reads and hashes the model's files; the model is loaded when it is first asked.</summary>
    public static LanguageModelTeacher Create(DistillationTask task, IReadOnlyList<Document> examples) => Make(task, examples).Teacher;

    /// <summary>The same, with a few words on it.</summary>
    public static (ITeacher Teacher, string Summary, Func<IReadOnlyList<string>> Warnings) CreateWithSummary(DistillationTask task, IReadOnlyList<Document> examples)
    {
        (LanguageModelTeacher teacher, LocalModel model) = Make(task, examples);
        string origin = model.FormatOrigin is { } from ? $" (guessed from {Path.GetFileName(from)})" : "";
        return (teacher, $"{teacher.Summary}, template {model.Format.Name}{origin}", () => []);
    }

    private static (LanguageModelTeacher Teacher, LocalModel Model) Make(DistillationTask task, IReadOnlyList<Document> examples)
    {
        TeacherOptions teacher = task.Teacher;
        PromptTemplate template = LanguageModelFactory.Template(task);
        var model = new LocalModel(new LocalModelOptions
        {
            Folder = task.PathOf(teacher.Path!),
            File = teacher.File,
            Format = template.Format.IsChat ? null : template.Format,
            Threads = teacher.Threads,
            MaxTokens = teacher.MaxPromptTokens,
        });
        try
        {
            var prompts = new PromptBuilder(task.Labels, template.With(model.Format), teacher.Answer, examples, teacher.Seed, teacher.Nearest);
            return (new LanguageModelTeacher(model, prompts, LanguageModelFactory.Options(teacher), new CallOptions()), model);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }
}
