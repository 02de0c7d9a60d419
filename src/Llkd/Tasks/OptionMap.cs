using YamlDotNet.RepresentationModel;

namespace Llkd.Tasks;

/// <summary>A method's options as they stand in the task file, bound to the method's own record once the method is known.</summary>
public sealed class OptionMap
{
    /// <summary>No options: every one has its default.</summary>
    public static OptionMap Empty { get; } = new(null, "training.options");

    internal OptionMap(YamlMappingNode? node, string path, string? source = null)
    {
        Node = node;
        Path = path;
        Source = source;
    }

    internal YamlMappingNode? Node { get; }

    internal string Path { get; }

    internal string? Source { get; }

    /// <summary>Reads the options into a record whose properties carry <see cref="KeyAttribute"/>.</summary>
    /// <exception cref="InputException">An unknown option (the message names the nearest one), a wrong type or a value out of range.</exception>
    public T Bind<T>() where T : class, new() => throw new NotImplementedException();
}
