using System.Collections.Concurrent;
using System.Globalization;
using Llkd.Cli.Pipeline;
using Llkd.Runs;
using Llkd.Selection;
using Llkd.Students.Transformer;
using Llkd.Tasks;

namespace Llkd.Cli.Comparison;

/// <summary>
/// Makes the cells of a plan, as many side by side as there are jobs. Each is made once, however many need it (a share
/// that is tried out, LLKD's own budget), and is kept when it is done.
/// </summary>
internal sealed class Comparer : IDisposable
{
    private readonly ComparisonPlan _plan;
    private readonly Func<string, string, PreparedTask> _prepared;
    private readonly CellStore _store;
    private readonly IComparisonView _view;
    private readonly SemaphoreSlim _jobs;
    private readonly ConcurrentDictionary<(string File, string Key, int Seed), Lazy<Task<ComparisonCell>>> _cells = new();
    private readonly ConcurrentDictionary<(string File, string Key), Lazy<Task<string>>> _chosen = new();
    private readonly CancellationToken _cancellation;

    /// <summary>Makes a comparer.</summary>
    /// <param name="plan">What to compare.</param>
    /// <param name="prepared">The prepared task of a file and a <see cref="ComparisonPlan.Preparation"/>.</param>
    /// <param name="store">Where finished cells are kept.</param>
    /// <param name="jobs">Cells side by side.</param>
    /// <param name="view">Shows finished cells.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Comparer(
        ComparisonPlan plan, Func<string, string, PreparedTask> prepared, CellStore store, int jobs, IComparisonView view,
        CancellationToken cancellationToken)
    {
        (_plan, _prepared, _store, _view, _cancellation) = (plan, prepared, store, view, cancellationToken);
        _jobs = new SemaphoreSlim(jobs);
    }

    /// <summary>Cells of the whole comparison; 0 before it runs.</summary>
    public int Planned { get; private set; }

    /// <summary>Makes all cells, seed by seed, so that an early look already shows every method on every data set.</summary>
    /// <returns>The finished cells in the order of data sets, methods and seeds; fewer where it was cancelled.</returns>
    public async Task<IReadOnlyList<ComparisonCell>> RunAsync()
    {
        (string File, MethodSpec Spec, int Seed)[] wanted =
        [
            .. from seed in _plan.Seeds from file in _plan.TaskFiles from spec in _plan.Specs
               where IsPossible(file, spec) select (file, spec, seed),
        ];
        _view.Start(Planned = wanted.Length);
        Task<ComparisonCell>[] running = [.. wanted.Select(cell => ShownAsync(cell.File, cell.Spec, cell.Seed))];
        try
        {
            await Task.WhenAll(running).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_cancellation.IsCancellationRequested)
        {
            // What is finished is shown; the caller says that it was interrupted.
        }
        return
        [
            .. wanted.Zip(running).Where(pair => pair.Second.IsCompletedSuccessfully)
                .OrderBy(pair => IndexOf(_plan.TaskFiles, pair.First.File)).ThenBy(pair => IndexOf(_plan.Specs, pair.First.Spec))
                .ThenBy(pair => pair.First.Seed).Select(pair => pair.Second.Result),
        ];
    }

    public void Dispose() => _jobs.Dispose();

    /// <summary>A recorded teacher has no form without examples: that cell is left out, rather than failed.</summary>
    private bool IsPossible(string file, MethodSpec spec) =>
        spec.Name != Contestant.TeacherZeroShot || _prepared(file, ComparisonPlan.Preparation(spec)).Task.Teacher.Kind != TeacherKind.Recorded;

    private async Task<ComparisonCell> ShownAsync(string file, MethodSpec spec, int seed)
    {
        ComparisonCell cell = await ResolvedAsync(file, spec, seed).ConfigureAwait(false);
        _view.Finished(cell);
        return cell;
    }

    /// <summary>The cell of a row, once what the row leaves open is known.</summary>
    private async Task<ComparisonCell> ResolvedAsync(string file, MethodSpec spec, int seed)
    {
        try
        {
            MethodSpec trained = spec;
            string? chosen = null;
            if (spec.Name == Contestant.RandomBudget)
            {
                ComparisonCell own = await CellAsync(file, new MethodSpec("llkd", [], spec.Set), seed).ConfigureAwait(false);
                if (own.Share is not > 0) throw new InputException($"LLKD selected nothing here{(own.Failure is null ? "" : $" ({own.Failure})")}, so there is no budget to spend.");
                chosen = string.Create(CultureInfo.InvariantCulture, $"share={own.Share:0.####}");
                trained = new MethodSpec("random", [KeyValuePair.Create("share", chosen["share=".Length..])], spec.Set);
            }
            else if (spec.OpenRatio is { } option && IsOpen(file, spec, option))
            {
                string value = await _chosen.GetOrAdd((file, spec.Key), _ => new(() => ChooseAsync(file, spec, option))).Value.ConfigureAwait(false);
                chosen = $"{option}={value}";
                trained = spec.With(option, value);
            }
            int made = Contestant.Find(spec.Name) is { UsesSeed: false } ? _plan.Seeds[0] : seed;
            ComparisonCell cell = await CellAsync(file, trained, made).ConfigureAwait(false);
            return cell with { Method = spec.Key, Seed = seed, Chosen = chosen };
        }
        catch (InputException e)
        {
            return new ComparisonCell { DataSet = _plan.Base(file).Name, Method = spec.Key, Seed = seed, Failure = e.Message };
        }
    }

    /// <summary>An option that the task file gives for its own method is not open.</summary>
    private bool IsOpen(string file, MethodSpec spec, string option)
    {
        DistillationTask task = _plan.Base(file);
        return task.Training.Method != spec.Name || !task.Training.Options.Contains(option);
    }

    /// <summary>The share with the best macro F1 on the validation set, with the first seed; the smallest of equals.</summary>
    private async Task<string> ChooseAsync(string file, MethodSpec spec, string option)
    {
        if (_prepared(file, ComparisonPlan.Preparation(spec)).Data.Validation.Count == 0)
            throw new InputException($"`{option}` of {spec.Name} is chosen on the validation set, and the task has none: set data.validation, or give it as in {spec.Key}:{option}=0.5.");
        ComparisonCell[] tried = await Task.WhenAll(ComparisonPlan.Ratios.Select(value => CellAsync(file, spec.With(option, value), _plan.Seeds[0]))).ConfigureAwait(false);
        (ComparisonCell Cell, string Value)[] usable = [.. tried.Zip(ComparisonPlan.Ratios).Where(pair => pair.First is { Failure: null, Curve.Count: > 0 })];
        return usable.Length == 0
            ? throw new InputException($"no value of `{option}` worked: {tried[^1].Failure}")
            : usable.MaxBy(pair => pair.Cell.Curve.Max(point => point.MacroF1)).Value;
    }

    private Task<ComparisonCell> CellAsync(string file, MethodSpec spec, int seed) =>
        _cells.GetOrAdd((file, spec.Key, seed), _ => new(() => MakeAsync(file, spec, seed))).Value;

    private async Task<ComparisonCell> MakeAsync(string file, MethodSpec spec, int seed)
    {
        DistillationTask task = _plan.Task(file, spec, seed);
        PreparedTask prepared = _prepared(file, ComparisonPlan.Preparation(spec));
        string fingerprint = Fingerprint(task, prepared, spec);
        if (_store.Find(task.Name, spec.Key, seed, fingerprint) is { } kept) return kept;
        await _jobs.WaitAsync(_cancellation).ConfigureAwait(false);
        try
        {
            (ComparisonCell cell, bool keep) = await Task.Run(() => Attempt(task, prepared, spec), _cancellation).ConfigureAwait(false);
            if (keep) _store.Save(cell, fingerprint);
            return cell;
        }
        finally
        {
            _jobs.Release();
        }
    }

    /// <summary>
    /// One cell's failure is its own: the others go on, and the table says which one failed and why. What would fail again
    /// is kept as the cell's result; anything else is tried again by the next run.
    /// </summary>
    private (ComparisonCell Cell, bool Keep) Attempt(DistillationTask task, PreparedTask prepared, MethodSpec spec)
    {
        ComparisonCell Failed(string why) => new() { DataSet = task.Name, Method = spec.Key, Seed = task.Training.Seed, Failure = why };
        try
        {
            return (CellRunner.Run(task, prepared, spec, _cancellation), true);
        }
        catch (Exception e) when (e is InputException or RunFailedException)
        {
            return (Failed(e.Message), true);
        }
#pragma warning disable CA1031 // Hours of other cells must not be lost to a defect in one.
        catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
        {
            return (Failed($"something went wrong inside llkd itself ({e.GetType().Name}: {e.Message}); please report it"), false);
        }
    }

    private static string Fingerprint(DistillationTask task, PreparedTask prepared, MethodSpec spec)
    {
        string trained = Contestant.Find(spec.Name) is null || spec.Name == Contestant.Gold
            ? TrainStage.Fingerprint(task, prepared.Data, prepared.Pool) : prepared.Description.Teacher + string.Join('\n', task.Labels.Select(label => $"{label.Name}: {label.Description}"));
        if (spec.Options.FirstOrDefault(option => option.Key == Contestant.Encoder).Value is { } encoder) trained += PretrainedFolder.Hash(encoder);
        return string.Create(CultureInfo.InvariantCulture, $"{CellRunner.AlgorithmVersion}\n{spec.Key}\n{prepared.Identity}\n{trained}");
    }

    private static int IndexOf<T>(IReadOnlyList<T> list, T item)
    {
        for (int i = 0; i < list.Count; i++)
            if (EqualityComparer<T>.Default.Equals(list[i], item)) return i;
        return -1;
    }
}
