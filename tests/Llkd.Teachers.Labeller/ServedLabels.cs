using Llkd.Tasks;
using Llkd.Teachers.Calls;
using Llkd.Teachers.Models;
using Llkd.Teachers.Prompting;

namespace Llkd.Teachers.Labeller;

/// <summary>A language model behind an endpoint that the test serves.</summary>
public static class ServedLabels
{
    /// <summary>Task of its journal.</summary>
    public const string Task = "served";

    /// <summary>Its labels.</summary>
    public static IReadOnlyList<string> Labels { get; } = ["zero", "one", "two"];

    /// <summary>The teacher; the same one in every process.</summary>
    public static LanguageModelTeacher Teacher(string endpoint)
    {
        var model = new OpenAIModel(new OpenAIModelOptions { Endpoint = new Uri(endpoint), Model = "test" });
        var prompts = new PromptBuilder(
            [.. Labels.Select(name => new TaskLabel { Name = name })], PromptTemplate.BuiltIn(PromptFormat.All[0]), AnswerStyle.Letter, [], seed: 1);
        return new LanguageModelTeacher(model, prompts, new LanguageModelOptions(), new CallOptions());
    }
}
