using System.Globalization;

namespace Llkd.Tasks;

/// <summary>Applies `--set key.path=value` to a task's nodes, in order; what it makes has the option as its place.</summary>
internal static class TaskOverrides
{
    public static void Apply(TaskMapping root, string option, TaskProblems problems)
    {
        string source = $"--set {option}";
        var place = new TaskPlace(source, 0, 0);
        int equals = option.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            problems.Add(place, "", "an override is key.path=value, such as training.epochs=3");
            return;
        }
        List<string>? steps = Steps(option[..equals].Trim());
        if (steps is null)
        {
            problems.Add(place, "", "the key path is malformed; write keys with dots and list indexes as [0], such as labels[0].name");
            return;
        }
        TaskNode value;
        try
        {
            value = TaskYaml.ReadValue(option[(equals + 1)..], source);
        }
        catch (InputException e)
        {
            problems.Add(place, "", e.Message[(source.Length + 2)..].TrimEnd('.') + "; quote the value");
            return;
        }
        TaskNode node = root;
        for (int i = 0; i < steps.Count; i++)
        {
            TaskNode? next = i == steps.Count - 1 ? value : null;
            TaskNode? child = node switch
            {
                TaskMapping mapping => Step(mapping, steps[i], next, place),
                TaskList list => Step(list, steps[i], next, place),
                _ => null,
            };
            if (child is null)
            {
                string parent = string.Join('.', steps.Take(i));
                problems.Add(place, parent, node is TaskList list
                    ? $"is a list of {list.Items.Count}; `{steps[i]}` is no index in it (indexes begin at 0)"
                    : $"is {node.Kind}, so there is no `{steps[i]}` in it");
                return;
            }
            node = child;
        }
    }

    private static TaskNode? Step(TaskMapping mapping, string key, TaskNode? value, TaskPlace place)
    {
        int at = mapping.Entries.FindIndex(entry => entry.Key == key);
        TaskNode? old = at < 0 ? null : mapping.Entries[at].Value;
        if (value is null && old is not (null or TaskScalar { IsNull: true })) return old;
        var entry = new TaskEntry(key, place, value ?? new TaskMapping(place));
        if (at < 0) mapping.Entries.Add(entry);
        else mapping.Entries[at] = entry;
        return entry.Value;
    }

    private static TaskNode? Step(TaskList list, string key, TaskNode? value, TaskPlace place)
    {
        if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int index) || index > list.Items.Count) return null;
        if (index == list.Items.Count) list.Items.Add(value ?? new TaskMapping(place));
        else if (value is not null) list.Items[index] = value;
        return list.Items[index];
    }

    /// <summary>a.b[0].c and a.b.0.c alike; null where a step is empty.</summary>
    private static List<string>? Steps(string path)
    {
        var steps = new List<string>();
        foreach (string part in path.Split('.'))
        {
            string[] pieces = part.Split('[');
            if (pieces[0].Length == 0) return null;
            steps.Add(pieces[0]);
            foreach (string index in pieces.Skip(1))
            {
                if (index.Length < 2 || index[^1] != ']') return null;
                steps.Add(index[..^1]);
            }
        }
        return steps;
    }
}
