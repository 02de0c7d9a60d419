namespace Llkd.Benchmarks;

/// <summary>The `llkd` that was built together with the benchmarks.</summary>
internal static class LlkdCommand
{
    /// <summary>Its path: the same place in src/Llkd.Cli as this program has in its project.</summary>
    public static string Path { get; } = Find();

    private static string Find()
    {
        string own = System.IO.Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        string[] place = own.Split(System.IO.Path.DirectorySeparatorChar)[^3..];
        string path = System.IO.Path.GetFullPath(System.IO.Path.Combine([own, "..", "..", "..", "..", "..", "src", "Llkd.Cli", .. place, "llkd"]));
        return File.Exists(path) ? path : throw new InputException($"{path} does not exist; build the benchmarks where they stand in the repository.");
    }
}
