using System.Collections;
using System.Globalization;

namespace Llkd.Tasks;

/// <summary>Binds nodes to records whose properties carry <see cref="KeyAttribute"/>, and collects what does not fit.</summary>
internal sealed class TaskBinder(TaskProblems problems, Type root)
{
    /// <summary>Binds a mapping; keys with problems keep their defaults.</summary>
    public object Record(Type type, TaskNode? node, string path, TaskPlace parent)
    {
        object record = Activator.CreateInstance(type)!;
        IReadOnlyList<TaskKey> keys = TaskKeys.Of(type);
        if (node is TaskScalar { IsNull: true }) node = null;
        if (node is not (null or TaskMapping))
        {
            problems.Add(node.Place, path,
                $"is {node.Kind}, but takes a mapping with {(keys.Count == 0 ? "no keys" : "the keys " + List(keys.Select(key => key.Name)))}");
            return record;
        }
        var mapping = (TaskMapping?)node;
        var seen = new Dictionary<string, TaskPlace>(StringComparer.Ordinal);
        foreach (TaskEntry entry in mapping?.Entries ?? [])
        {
            TaskKey? key = keys.FirstOrDefault(k => k.Name == entry.Key);
            string keyPath = Join(path, entry.Key);
            if (!seen.TryAdd(entry.Key, entry.Place))
                problems.AddTwice(entry, keyPath, seen[entry.Key]);
            else if (key is null)
                problems.Add(entry.Place, keyPath, Unknown(entry.Key, keyPath, keys));
            else if (Value(key, entry.Value, keyPath, entry.Place) is { } value)
                key.Property.SetValue(record, value);
        }
        foreach (TaskKey key in keys)
        {
            if (!key.Attribute.Required || seen.ContainsKey(key.Name)) continue;
            // A missing section is reported by the keys it must have, which say more.
            if (key.IsSection) Record(key.Type, null, Join(path, key.Name), mapping?.Place ?? parent);
            else problems.Add(mapping?.Place ?? parent, Join(path, key.Name), "is missing");
        }
        return record;
    }

    private object? Value(TaskKey key, TaskNode node, string path, TaskPlace place)
    {
        if (key.IsSection) return Record(key.Type, node, path, place);
        if (node is TaskScalar scalar)
        {
            if (scalar.IsNull && (key.IsNullable || key.Type == typeof(OptionMap))) return null;
            if (scalar.IsEmpty)
            {
                problems.Add(place, path, key.Attribute.Required ? "has no value" : "has no value; give one, or leave the key away");
                return null;
            }
        }
        object? value = Single(key.Type, node, path);
        switch (value)
        {
            case string { Length: 0 } when !key.IsNullable || key.Attribute.IsPath:
                problems.Add(node.Place, path, "must not be empty");
                return null;
            case int or long or double or float:
                return InRange(key.Attribute, Convert.ToDouble(value, CultureInfo.InvariantCulture), node.Place, path) ? value : null;
            default:
                return value;
        }
    }

    private object? Single(Type type, TaskNode node, string path)
    {
        if (type == typeof(OptionMap))
        {
            if (node is TaskMapping options) return new OptionMap(options, path);
            problems.Add(node.Place, path, $"is {node.Kind}, but takes a mapping, such as {{ momentum: 0.9 }}");
            return null;
        }
        if (type == typeof(RequestFields))
        {
            if (node is TaskMapping fields) return RequestFields.Of(fields, path, problems);
            problems.Add(node.Place, path, $"is {node.Kind}, but takes a mapping, such as {{ reasoning_effort: low }}");
            return null;
        }
        if (TaskKeys.ItemOf(type) is { } item) return Items(item, node, path);
        if (TaskKeys.IsRecord(type))
            return type == typeof(TaskLabel) && node is TaskScalar label
                ? new TaskLabel { Name = label.Value }
                : Record(type, node, path, node.Place);
        if (node is not TaskScalar scalar)
        {
            problems.Add(node.Place, path, $"is {node.Kind}, but takes {Expected(type)}");
            return null;
        }
        object? value = Parse(type, scalar.Value);
        if (value is not null) return value;
        string hint = type.IsEnum ? $"; the nearest is `{NearestName.Of(scalar.Value, TaskKeys.Values(type))}`" : "";
        problems.Add(node.Place, path, $"is {scalar.Kind}, but takes {Expected(type)}{hint}");
        return null;
    }

    private IList? Items(Type item, TaskNode node, string path)
    {
        if (node is not TaskList list)
        {
            problems.Add(node.Place, path, $"is {node.Kind}, but takes a list, such as [a, b]");
            return null;
        }
        var items = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(item))!;
        for (int i = 0; i < list.Items.Count; i++)
            if (Single(item, list.Items[i], $"{path}[{i}]") is { } value) items.Add(value);
        return items;
    }

    private bool InRange(KeyAttribute key, double value, TaskPlace place, string path)
    {
        if (value >= key.Minimum && value <= key.Maximum) return true;
        problems.Add(place, path, $"is {value.ToString(CultureInfo.InvariantCulture)}, but must be {Range(key)}");
        return false;
    }

    private string Unknown(string name, string path, IReadOnlyList<TaskKey> keys)
    {
        string? elsewhere = TaskKeys.Paths(root).FirstOrDefault(known => known != path && known.EndsWith("." + name, StringComparison.Ordinal));
        if (elsewhere is not null && keys.Count > 0 && root == typeof(DistillationTask)) return $"is not known here; did you mean `{elsewhere}`?".TrimEnd('?');
        string? nearest = NearestName.Of(name, keys.Select(key => key.Name));
        return nearest is null ? "is not known; nothing can be set here" : $"is not known; the nearest known key is `{nearest}`";
    }

    private static object? Parse(Type type, string text)
    {
        if (type == typeof(string)) return text;
        if (type == typeof(bool)) return text switch { "true" or "True" or "TRUE" => true, "false" or "False" or "FALSE" => false, _ => null };
        if (type == typeof(int)) return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int i) ? i : null;
        if (type == typeof(long)) return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long l) ? l : null;
        if (type == typeof(double)) return Real(text);
        if (type == typeof(float)) return Real(text) is { } real && float.IsFinite((float)real) ? (float)real : null;
        if (!type.IsEnum) throw new NotSupportedException($"Keys of type {type} cannot be read.");
        int at = TaskKeys.Values(type).ToList().IndexOf(text);
        return at < 0 ? null : Enum.Parse(type, Enum.GetNames(type)[at]);
    }

    private static double? Real(string text) =>
        double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent,
            CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : null;

    private static string Expected(Type type) =>
        type == typeof(string) ? "a text"
        : type == typeof(bool) ? "true or false"
        : type == typeof(int) || type == typeof(long) ? "a whole number" + (type == typeof(int) ? " of at most 2147483647" : "")
        : type.IsEnum ? "one of " + List(TaskKeys.Values(type))
        : "a number";

    internal static string Range(KeyAttribute key)
    {
        string low = key.Minimum.ToString(CultureInfo.InvariantCulture), high = key.Maximum.ToString(CultureInfo.InvariantCulture);
        return (double.IsFinite(key.Minimum), double.IsFinite(key.Maximum)) switch
        {
            (true, true) => $"from {low} to {high}",
            (true, false) => $"at least {low}",
            (false, true) => $"at most {high}",
            _ => "any number",
        };
    }

    private static string List(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"`{name}`"));

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";
}
