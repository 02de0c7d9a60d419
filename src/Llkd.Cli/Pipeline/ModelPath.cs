namespace Llkd.Cli.Pipeline;

/// <summary>What `--model` may name.</summary>
internal static class ModelPath
{
    /// <summary>The model folder a path stands for: itself, or that of the run it belongs to.</summary>
    /// <exception cref="InputException">There is no such folder.</exception>
    public static string Resolve(string folder)
    {
        if (!Directory.Exists(folder)) throw new InputException($"{folder} is no folder. --model takes a run's folder, a model folder, or one that `llkd export` wrote.");
        string inside = Path.Combine(folder, "model");
        return !File.Exists(Path.Combine(folder, "config.json")) && Directory.Exists(inside) ? inside : folder;
    }
}
