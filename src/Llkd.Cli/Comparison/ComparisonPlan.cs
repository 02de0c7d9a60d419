using Llkd.Selection;
using Llkd.Students.Transformer;
using Llkd.Tasks;

namespace Llkd.Cli.Comparison;

/// <summary>What is to be compared: task files, rows, seeds.</summary>
/// <param name="TaskFiles">Task files, each of another name.</param>
/// <param name="Sets">Overrides for all of them.</param>
/// <param name="Specs">Rows.</param>
/// <param name="Seeds">Seeds, ascending.</param>
/// <param name="ThreadsPerCell">Threads a cell is given; figures depend on it where the student is a transformer.</param>
/// <param name="Study">Kind of study, or null.</param>
internal sealed record ComparisonPlan(
    IReadOnlyList<string> TaskFiles, IReadOnlyList<string> Sets, IReadOnlyList<MethodSpec> Specs, IReadOnlyList<int> Seeds,
    int ThreadsPerCell, string? Study)
{
    /// <summary>Shares among which one that a method leaves open is chosen (METHOD section 3).</summary>
    public static IReadOnlyList<string> Ratios { get; } = ["0.1", "0.3", "0.5", "0.7", "0.9"];

    /// <summary>The task of a row and a seed.</summary>
    /// <exception cref="InputException">The task file, an override or an option is wrong.</exception>
    public DistillationTask Task(string file, MethodSpec spec, int seed)
    {
        DistillationTask plain = Base(file);
        DistillationTask task = TaskFile.Load(file, [.. Sets, .. spec.Overrides(plain), $"training.seed={seed}", $"training.threads={ThreadsPerCell}"]);
        if (Contestant.Find(spec.Name) is null)
            SelectionMethods.Create(task.Training.Method, task.Training.Options, task.Labels.Count, seed);
        return Settled(task);
    }

    /// <summary>The task as its file has it.</summary>
    public DistillationTask Base(string file) => Settled(TaskFile.Load(file, [.. Sets, $"training.threads={ThreadsPerCell}"]));

    /// <summary>A precision left open is chosen by a timed product, which may come out otherwise at the next start; then no cell computed so may stand beside others.</summary>
    private static DistillationTask Settled(DistillationTask task) => task.Student.Kind == StudentKind.Ngram ? task
        : task with { Training = task.Training with { Precision = EngineOptions.PrecisionFor(task.Training.Precision, task.Training.Device) } };

    /// <summary>What of a row's settings another pool, teacher or student follows from: rows that agree in it share a prepared task.</summary>
    public static string Preparation(MethodSpec spec) =>
        spec.Set is { } set && !set.StartsWith("training.", StringComparison.Ordinal) ? set : "";

    /// <summary>Checks every row on every task before anything is labelled or trained.</summary>
    /// <exception cref="InputException">The first thing that is wrong.</exception>
    public void Check()
    {
        var names = new Dictionary<string, string>();
        foreach (string file in TaskFiles)
        {
            string name = Base(file).Name;
            if (!names.TryAdd(name, file))
                throw new InputException($"{file} and {names[name]} both have the name `{name}`; a comparison tells data sets apart by it. Rename one, or give different --output folders.");
            foreach (MethodSpec spec in Specs) Task(file, spec, Seeds[0]);
        }
    }
}
