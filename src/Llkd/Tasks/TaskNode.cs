namespace Llkd.Tasks;

/// <summary>Where a value of a task comes from: a place in a file, or an option of the command line.</summary>
internal readonly record struct TaskPlace(string Source, long Line, long Column)
{
    /// <summary>Begins every message about the value.</summary>
    public override string ToString() => Line > 0 ? $"{Source}, line {Line}, column {Column}" : Source;
}

/// <summary>A value of a task file: scalar, list or mapping, with its place.</summary>
internal abstract class TaskNode(TaskPlace place)
{
    public TaskPlace Place { get; } = place;

    /// <summary>What a message calls it.</summary>
    public abstract string Kind { get; }
}

/// <summary>A scalar.</summary>
/// <param name="place">Where it stands.</param>
/// <param name="value">Its text.</param>
/// <param name="plain">Whether it stands without quotes, so that it may mean null.</param>
internal sealed class TaskScalar(TaskPlace place, string value, bool plain) : TaskNode(place)
{
    public string Value { get; } = value;

    public bool IsPlain { get; } = plain;

    /// <summary>Nothing after the colon.</summary>
    public bool IsEmpty => IsPlain && Value.Length == 0;

    /// <summary>YAML 1.2's null, or nothing.</summary>
    public bool IsNull => IsPlain && Value is "" or "~" or "null" or "Null" or "NULL";

    public override string Kind => IsEmpty ? "nothing" : $"`{(Value.Length <= 60 ? Value : Value[..60] + "…")}`";
}

/// <summary>A list.</summary>
internal sealed class TaskList(TaskPlace place) : TaskNode(place)
{
    public List<TaskNode> Items { get; } = [];

    public override string Kind => "a list";
}

/// <summary>A mapping, its entries in the order of the file; a key may stand twice, which binding reports.</summary>
internal sealed class TaskMapping(TaskPlace place) : TaskNode(place)
{
    public List<TaskEntry> Entries { get; } = [];

    public override string Kind => "a mapping";

    public TaskNode? Find(string key) => Entries.FirstOrDefault(entry => entry.Key == key)?.Value;
}

/// <summary>One entry of a mapping.</summary>
internal sealed record TaskEntry(string Key, TaskPlace Place, TaskNode Value);

/// <summary>What is wrong with a task, collected so that one look at the message is enough to mend all of it.</summary>
internal sealed class TaskProblems
{
    private readonly List<string> _lines = [];
    private readonly HashSet<string> _keys = new(StringComparer.Ordinal);

    public bool Any => _lines.Count > 0;

    public void Add(TaskPlace place, string key, string what)
    {
        _keys.Add(key);
        _lines.Add(key.Length == 0 ? $"{place}: {what}" : $"{place}: `{key}` {what}");
    }

    /// <summary>A key that stood in the same mapping before.</summary>
    public void AddTwice(TaskEntry entry, string key, TaskPlace first) =>
        Add(entry.Place, key, $"stands twice; it was first given in line {first.Line}. Keep one");

    /// <summary>Whether a key, or one inside it, already has a problem; rules about its value would only repeat it.</summary>
    public bool Touch(string key) => _keys.Any(k => k == key || k.StartsWith(key, StringComparison.Ordinal) && k[key.Length] is '.' or '[');

    public void ThrowIfAny()
    {
        if (_lines.Count == 0) return;
        throw new InputException(_lines.Count == 1
            ? _lines[0] + "."
            : $"{_lines.Count} problems:\n" + string.Join('\n', _lines.Select(line => $"  {line}.")));
    }
}
