using Llkd.Cli.Pipeline;
using Llkd.Cli.Terminal;
using Llkd.Runs;
using Llkd.Tasks;

namespace Llkd.Cli.Comparison;

/// <summary>The data sets of a comparison, made ready one after another before the first cell.</summary>
internal sealed class PreparedTasks(ComparisonPlan plan, ComparisonFolder folder) : IDisposable
{
    private readonly Dictionary<(string File, string Preparation), PreparedTask> _prepared = [];
    private readonly List<RunFolder> _folders = [];

    /// <summary>What the tables say of each data set, in the plan's order.</summary>
    public IReadOnlyList<ComparisonDataSet> Descriptions =>
        [.. plan.TaskFiles.Select(file => _prepared.First(pair => pair.Key.File == file).Value.Description)];

    /// <summary>Labels what has no label yet, and tokenises.</summary>
    /// <exception cref="InputException">A task's data or labels are wrong.</exception>
    public async Task PrepareAsync(Screen screen, CancellationToken cancellationToken)
    {
        bool zeroShot = plan.Specs.Any(spec => spec.Name == Contestant.TeacherZeroShot);
        foreach (string file in plan.TaskFiles)
        {
            DistillationTask plain = plan.Base(file);
            RunFolder run = RunFolder.Open(plain, folder.Task(plain.Name));
            _folders.Add(run);
            foreach (MethodSpec spec in plan.Specs.DistinctBy(ComparisonPlan.Preparation))
            {
                string preparation = ComparisonPlan.Preparation(spec);
                string scratch = Path.Combine(run.Scratch, FormattableString.Invariant($"{_prepared.Count}"));
                screen.Note(preparation.Length == 0 ? $"{plain.Name}:" : $"{plain.Name}, {preparation}:");
                _prepared[(file, preparation)] = await PreparedTask.CreateAsync(
                    plan.Task(file, spec, plan.Seeds[0]), run, scratch, zeroShot, screen, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>A prepared task.</summary>
    /// <param name="file">Its file.</param>
    /// <param name="preparation">What a row varies of it.</param>
    public PreparedTask Find(string file, string preparation) => _prepared[(file, preparation)];

    public void Dispose()
    {
        foreach (PreparedTask task in _prepared.Values) task.Dispose();
        foreach (RunFolder run in _folders) run.Dispose();
    }
}
