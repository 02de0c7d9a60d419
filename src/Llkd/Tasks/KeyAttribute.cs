namespace Llkd.Tasks;

/// <summary>Binds a property to a key of the task file; docs/tasks.md is generated from these and the XML summaries.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class KeyAttribute(string name) : Attribute
{
    /// <summary>The key, in camelCase.</summary>
    public string Name { get; } = name;

    /// <summary>Whether the task file must have it.</summary>
    public bool Required { get; init; }

    /// <summary>Smallest number accepted.</summary>
    public double Minimum { get; init; } = double.NegativeInfinity;

    /// <summary>Largest number accepted.</summary>
    public double Maximum { get; init; } = double.PositiveInfinity;

    /// <summary>Whether the value is a file or folder, relative to the task file; task.resolved.yaml has its full path.</summary>
    public bool IsPath { get; init; }
}
