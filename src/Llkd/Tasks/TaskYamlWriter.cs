using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Llkd.Tasks;

/// <summary>Writes a task as YAML with every key. Texts are always quoted, so that none is taken for a number or null.</summary>
internal static class TaskYamlWriter
{
    public static string Write(DistillationTask task)
    {
        var text = new StringBuilder("# Written by llkd: every key and its value, defaults included.\n");
        Record(text, task, task, "");
        return text.ToString();
    }

    private static void Record(StringBuilder text, DistillationTask task, object record, string indent)
    {
        foreach (TaskKey key in TaskKeys.Of(record.GetType()))
        {
            object? value = key.Property.GetValue(record);
            text.Append(indent).Append(key.Name).Append(':');
            if (value is not null && key.IsSection)
            {
                text.Append('\n');
                Record(text, task, value, indent + "  ");
                continue;
            }
            if (key.Attribute.IsPath && value is string path) value = task.PathOf(path);
            text.Append(' ');
            Flow(text, value);
            text.Append('\n');
        }
    }

    private static void Flow(StringBuilder text, object? value)
    {
        switch (value)
        {
            case null: text.Append("null"); break;
            case string s: Quote(text, s); break;
            case bool b: text.Append(b ? "true" : "false"); break;
            case Enum e: text.Append(TaskKeys.Kebab(e.ToString())); break;
            case double d: text.Append(d.ToString("R", CultureInfo.InvariantCulture)); break;
            case float f: text.Append(f.ToString("R", CultureInfo.InvariantCulture)); break;
            case OptionMap options: Flow(text, (object?)options.Node ?? new TaskMapping(default)); break;
            case RequestFields fields: Flow(text, JsonElement.Parse(fields.Json)); break;
            case JsonElement { ValueKind: JsonValueKind.Object } json: Mapping(text, json.EnumerateObject().Select(field => (field.Name, (object?)field.Value))); break;
            case JsonElement { ValueKind: JsonValueKind.Array } json: Sequence(text, json.EnumerateArray()); break;
            case JsonElement { ValueKind: JsonValueKind.String } json: Quote(text, json.GetString()!); break;
            case JsonElement json: text.Append(json.GetRawText()); break;
            case TaskScalar { IsPlain: true, IsNull: true }: text.Append("null"); break;
            case TaskScalar scalar: Quote(text, scalar.Value); break;
            case TaskList list: Flow(text, list.Items); break;
            case TaskMapping mapping:
                Mapping(text, mapping.Entries.Select(entry => (entry.Key, (object?)entry.Value)));
                break;
            case IEnumerable items:
                Sequence(text, items);
                break;
            case IFormattable number and (int or long): text.Append(number.ToString(null, CultureInfo.InvariantCulture)); break;
            default:
                Mapping(text, TaskKeys.Of(value.GetType()).Select(key => (key.Name, key.Property.GetValue(value))));
                break;
        }
    }

    private static void Sequence(StringBuilder text, IEnumerable items)
    {
        text.Append('[');
        bool first = true;
        foreach (object? item in items)
        {
            if (!first) text.Append(", ");
            first = false;
            Flow(text, item);
        }
        text.Append(']');
    }

    private static void Mapping(StringBuilder text, IEnumerable<(string Key, object? Value)> entries)
    {
        text.Append("{ ");
        bool first = true;
        foreach ((string key, object? value) in entries)
        {
            if (!first) text.Append(", ");
            first = false;
            Quote(text, key);
            text.Append(": ");
            Flow(text, value);
        }
        text.Append(" }");
    }

    private static void Quote(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (char c in value)
        {
            if (c is '"' or '\\') text.Append('\\').Append(c);
            else if (char.IsControl(c) || c is '\u2028' or '\u2029' or '\ufeff' or >= '\ufffe')
                text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else text.Append(c);
        }
        text.Append('"');
    }
}
