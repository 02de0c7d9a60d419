using Llkd.Tasks;

namespace Llkd.Cli.Pipeline;

/// <summary>
/// A run's folder: task.resolved.yaml, labels.db, checkpoints/, model/, metrics.json, report.html, events/. It belongs
/// to one task (name and labels), and one process works in it at a time.
/// </summary>
internal sealed class RunFolder : IDisposable
{
    private readonly FileStream _lock;

    private RunFolder(string path, FileStream @lock)
    {
        Root = path;
        _lock = @lock;
    }

    public string Root { get; }
    public string ResolvedTask => Path.Combine(Root, "task.resolved.yaml");
    public string Journal => Path.Combine(Root, "labels.db");
    public string RunRecord => Path.Combine(Root, "run.json");
    public string Metrics => Path.Combine(Root, "metrics.json");
    public string Report => Path.Combine(Root, "report.html");
    public string Scratch => Path.Combine(Root, "scratch");

    /// <summary>Where the run's own method is kept.</summary>
    public MethodFolder Method => new(Root);

    /// <summary>Where a baseline is kept.</summary>
    public MethodFolder Baseline(string method) => new(Path.Combine(Root, "baselines", method));

    /// <summary>Opens or creates the folder for a task.</summary>
    /// <exception cref="InputException">It belongs to another task, is no run's folder, or is in use.</exception>
    public static RunFolder Open(DistillationTask task, string path)
    {
        path = Path.GetFullPath(path);
        if (File.Exists(path)) throw new InputException($"{path} is a file; --output names a folder.");
        string resolved = Path.Combine(path, "task.resolved.yaml");
        // A first run that is refused leaves its task, but nothing that would belong to it.
        bool fresh = !File.Exists(resolved) || !File.Exists(Path.Combine(path, "labels.db"));
        if (fresh && Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any(entry => !IsLeftover(Path.GetFileName(entry))))
            throw new InputException($"{path} is not empty and holds no run (no task.resolved.yaml). Choose another --output.");
        Directory.CreateDirectory(path);
        FileStream held = Lock(path);
        try
        {
            RemoveLeftovers(path);
            if (fresh) TaskFile.WriteResolved(task, resolved);
            else RequireSameTask(task, TaskFile.Load(resolved, []), path);
            return new RunFolder(path, held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Opens the folder of an earlier run.</summary>
    /// <exception cref="InputException">There is none, or it is in use.</exception>
    public static (DistillationTask Task, RunFolder Folder) Reopen(string path)
    {
        path = Path.GetFullPath(path);
        string resolved = Path.Combine(path, "task.resolved.yaml");
        if (!File.Exists(resolved))
            throw new InputException($"{path} holds no run (no task.resolved.yaml). Give the --output folder of `llkd run` or `llkd train`.");
        DistillationTask task = TaskFile.Load(resolved, []);
        return (task, new RunFolder(path, Lock(path)));
    }

    /// <summary>
    /// Makes this the task that the folder's results stand for. A run that is refused (changed settings, wrong data) must
    /// not get here, or `evaluate` and `report` would read old results by a new task.
    /// </summary>
    public void Adopt(DistillationTask task) => TaskFile.WriteResolved(task, ResolvedTask);

    public void Dispose()
    {
        // The lock goes last: the next process makes a scratch folder of the same name.
        try
        {
            if (Directory.Exists(Scratch)) Directory.Delete(Scratch, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A leftover is written anew by the next run, and must not hide how this one ended.
        }
        _lock.Dispose();
    }

    private const string LockName = ".lock";

    /// <summary>What a killed process leaves before the folder holds a run.</summary>
    private static bool IsLeftover(string name) => name is LockName or "task.resolved.yaml" || IsHalfWritten(name, ".task.resolved.yaml.");

    private static bool IsHalfWritten(string name, string start) =>
        name.StartsWith(start, StringComparison.Ordinal) && name.EndsWith(".tmp", StringComparison.Ordinal);

    /// <summary>Files that a killed process was writing beside their place; nobody else writes here while the lock is held.</summary>
    private static void RemoveLeftovers(string path)
    {
        string[] starts = [".task.resolved.yaml.", "run.json.", "metrics.json.", "report.html."];
        foreach (string file in Directory.GetFiles(path, "*.tmp"))
            if (starts.Any(start => IsHalfWritten(Path.GetFileName(file), start))) File.Delete(file);
    }

    private static FileStream Lock(string path)
    {
        try
        {
            // The operating system lets go of it when the process ends, however it ends.
            return new FileStream(Path.Combine(path, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException) && File.Exists(Path.Combine(path, LockName)))
        {
            throw new InputException($"{path} is in use by another llkd process. Wait for it, or choose another --output.", e);
        }
    }

    private static void RequireSameTask(DistillationTask task, DistillationTask earlier, string path)
    {
        if (task.Name != earlier.Name)
            throw new InputException($"{path} belongs to the task `{earlier.Name}`, not `{task.Name}`. Choose another --output.");
        if (!task.Labels.Select(label => label.Name).SequenceEqual(earlier.Labels.Select(label => label.Name)))
            throw new InputException($"{path} holds a run of `{task.Name}` with other labels ({string.Join(", ", earlier.Labels.Select(l => l.Name))}). Choose another --output.");
    }
}

/// <summary>Where one trained method is kept.</summary>
internal sealed class MethodFolder(string root)
{
    public string Root { get; } = root;
    public string Checkpoints => Path.Combine(Root, "checkpoints");
    public string Model => Path.Combine(Root, "model");
    public string Events => Path.Combine(Root, "events");
    public string Training => Path.Combine(Root, "training.json");
}
