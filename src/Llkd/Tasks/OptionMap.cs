namespace Llkd.Tasks;

/// <summary>A method's options as they stand in the task file, bound to the method's own record once the method is known.</summary>
public sealed class OptionMap
{
    private const string DefaultPath = "training.options";

    /// <summary>No options: every one has its default.</summary>
    public static OptionMap Empty { get; } = new(null, DefaultPath);

    internal OptionMap(TaskMapping? node, string path)
    {
        Node = node;
        Path = path;
    }

    internal TaskMapping? Node { get; }

    internal string Path { get; }

    /// <summary>Options given by a program rather than a file; values are written as in a task file (`0.9`, `true`, `max-norm`).</summary>
    public static OptionMap Of(IReadOnlyDictionary<string, string> options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var place = new TaskPlace("options", 0, 0);
        var node = new TaskMapping(place);
        foreach ((string key, string value) in options)
            node.Entries.Add(new TaskEntry(key, place, new TaskScalar(place, value, plain: true)));
        return new OptionMap(node, DefaultPath);
    }

    /// <summary>Whether an option is given.</summary>
    public bool Contains(string option) => Node?.Entries.Any(entry => entry.Key == option) ?? false;

    /// <summary>Reads the options into a record whose properties carry <see cref="KeyAttribute"/>.</summary>
    /// <exception cref="InputException">An unknown option (the message names the nearest one), a wrong type or a value out of range; all of them are reported at once.</exception>
    public T Bind<T>() where T : class, new()
    {
        var problems = new TaskProblems();
        var record = (T)new TaskBinder(problems, typeof(T)).Record(typeof(T), Node, Path, Node?.Place ?? new TaskPlace("options", 0, 0));
        problems.ThrowIfAny();
        return record;
    }
}
