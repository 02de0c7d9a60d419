namespace Llkd.Cli.Comparison;

/// <summary>
/// A comparison's folder: comparison.json, .md and .html, cells/ with a file for each finished cell, tasks/ with the
/// labels of each data set. One process works in it at a time.
/// </summary>
internal sealed class ComparisonFolder : IDisposable
{
    private const string LockName = ".lock";
    private static readonly string[] Own = ["cells", "tasks", "comparison.json", "comparison.md", "comparison.html", LockName];
    private readonly string _root;
    private readonly FileStream _lock;

    private ComparisonFolder(string root, FileStream held) => (_root, _lock) = (root, held);

    public string Cells => Path.Combine(_root, "cells");
    public string Html => Path.Combine(_root, "comparison.html");

    /// <summary>The folder of a data set's labels.</summary>
    public string Task(string name) => Path.Combine(_root, "tasks", name);

    /// <summary>Opens or creates it.</summary>
    /// <exception cref="InputException">It holds something else, or is in use.</exception>
    public static ComparisonFolder Open(string path)
    {
        if (File.Exists(path)) throw new InputException($"{path} is a file; --output names a folder.");
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Select(entry => Path.GetFileName(entry)).FirstOrDefault(IsForeign) is { } foreign)
            throw new InputException($"{path} holds something else than a comparison (`{foreign}`). Choose another --output.");
        try
        {
            Directory.CreateDirectory(path);
            // The operating system lets go of it when the process ends, however it ends.
            return new ComparisonFolder(path, new FileStream(Path.Combine(path, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException) && File.Exists(Path.Combine(path, LockName)))
        {
            throw new InputException($"{path} is in use by another llkd process. Wait for it, or choose another --output.", e);
        }
    }

    public void Dispose() => _lock.Dispose();

    /// <summary>A killed process may leave a report half written beside its place.</summary>
    private static bool IsForeign(string name) =>
        !Own.Contains(name) && !(name.StartsWith("comparison.", StringComparison.Ordinal) && name.EndsWith(".tmp", StringComparison.Ordinal));
}
