using System.Text;
using Llkd.Documents;

namespace Llkd.Tasks;

/// <summary>Reads and writes task files.</summary>
public static class TaskFile
{
    /// <summary>Reads a task file.</summary>
    /// <param name="path">The file; paths in it are relative to its folder.</param>
    /// <param name="overrides">`key.path=value` each, applied in order; the value is YAML, list indexes are written [0].</param>
    /// <exception cref="InputException">The task is wrong; the message has one line for every problem found, each with file, line, column and key, or the override.</exception>
    public static DistillationTask Load(string path, IReadOnlyList<string>? overrides = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        TaskMapping root = TaskYaml.ReadFile(path);
        var problems = new TaskProblems();
        foreach (string option in overrides ?? []) TaskOverrides.Apply(root, option, problems);
        var task = (DistillationTask)new TaskBinder(problems, typeof(DistillationTask))
            .Record(typeof(DistillationTask), root, "", root.Place);
        TaskRules.Check(task, root, problems);
        problems.ThrowIfAny();
        return task with { BaseDirectory = Path.GetDirectoryName(Path.GetFullPath(path))! };
    }

    /// <summary>
    /// Writes a task with every key and its value, paths in full, so that it means the same wherever it is read;
    /// <see cref="Load"/> reads it again. The file is replaced in one go.
    /// </summary>
    /// <exception cref="InputException">The file cannot be made.</exception>
    /// <exception cref="RunFailedException">The file cannot be written to its end.</exception>
    public static void WriteResolved(DistillationTask task, string path)
    {
        ArgumentNullException.ThrowIfNull(task);
        using var file = new AtomicFile(path);
        file.Stream.Write(Encoding.UTF8.GetBytes(TaskYamlWriter.Write(task)));
        file.Complete();
    }
}
