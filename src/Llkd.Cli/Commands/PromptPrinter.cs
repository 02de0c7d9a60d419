using System.Globalization;
using Llkd.Cli.Pipeline;
using Llkd.Cli.Terminal;
using Llkd.Documents;
using Llkd.Tasks;
using Llkd.Teachers;
using Llkd.Teachers.Prompting;

namespace Llkd.Cli.Commands;

/// <summary>`llkd label --show-prompt`: what the model would be asked, word for word.</summary>
internal static class PromptPrinter
{
    public static void Print(DistillationTask task, int texts, Screen screen)
    {
        if (task.Teacher.Kind is not (TeacherKind.Openai or TeacherKind.Onnx))
            throw new InputException($"--show-prompt serves teachers that are asked by a prompt; `teacher.kind` is {task.Teacher.Kind.ToString().ToLowerInvariant()}.");
        DataSet data = DataSet.Load(task);
        foreach (string warning in data.Warnings) screen.Warn(warning);
        using LanguageModelTeacher teacher = LanguageModelFactory.Create(task, data.Examples);
        foreach (Document document in data.Pool.Take(texts))
        {
            Prompt prompt = teacher.Prompts.For(document.Text);
            screen.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"=== row {document.Row}"));
            if (!teacher.Prompts.Format.IsChat)
            {
                screen.Output.WriteLine(teacher.Prompts.Format.Render(prompt.Messages));
                continue;
            }
            foreach (PromptMessage message in prompt.Messages)
            {
                screen.Output.WriteLine($"[{message.Role.ToString().ToLowerInvariant()}]");
                screen.Output.WriteLine(message.Content);
            }
        }
    }
}
