using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Llkd.Tasks;

/// <summary>Writes docs/tasks.md from the <see cref="KeyAttribute"/>s and the XML summaries, so that it cannot be out of date.</summary>
public static partial class TaskDocs
{
    /// <summary>The whole document.</summary>
    /// <param name="methods">Selection methods with options: their names as they stand in `training.method`, several with commas between, and the record of their options.</param>
    /// <exception cref="InvalidOperationException">A key has no summary, or an assembly's XML documentation does not lie beside it.</exception>
    public static string Markdown(IReadOnlyList<(string Methods, Type Options)> methods)
    {
        ArgumentNullException.ThrowIfNull(methods);
        var summaries = new Dictionary<Assembly, XDocument>();
        var text = new StringBuilder(Intro);
        text.Append("## The task\n\n");
        Table(text, typeof(DistillationTask), "", summaries, key => !key.IsSection);
        text.Append("A label is a name, or a mapping:\n\n");
        Table(text, typeof(TaskLabel), "labels[].", summaries, _ => true);
        foreach (TaskKey section in TaskKeys.Of(typeof(DistillationTask)).Where(key => key.IsSection))
        {
            text.Append(CultureInfo.InvariantCulture, $"## `{section.Name}`\n\n{Summary(section.Property, summaries)}\n\n");
            Table(text, section.Type, section.Name + ".", summaries, _ => true);
        }
        if (methods.Count > 0) text.Append("## Method options\n\nWhat `training.options` takes depends on `training.method`.\n\n");
        foreach ((string names, Type options) in methods)
        {
            IEnumerable<string> quoted = names.Split(',', StringSplitOptions.TrimEntries).Select(name => $"`{name}`");
            text.Append(CultureInfo.InvariantCulture, $"### {string.Join(", ", quoted)}\n\n");
            if (TaskKeys.Of(options).Count == 0) text.Append("No options.\n\n");
            else Table(text, options, "training.options.", summaries, _ => true);
        }
        return text.ToString().TrimEnd() + "\n";
    }

    private static void Table(
        StringBuilder text, Type record, string prefix, Dictionary<Assembly, XDocument> summaries, Func<TaskKey, bool> wanted)
    {
        object defaults = Activator.CreateInstance(record)!;
        text.Append("| Key | Type | Default | Range | Meaning |\n|---|---|---|---|---|\n");
        foreach (TaskKey key in TaskKeys.Of(record).Where(wanted)) Line(text, key, prefix, defaults, summaries);
        text.Append('\n');
    }

    private static void Line(StringBuilder text, TaskKey key, string prefix, object defaults, Dictionary<Assembly, XDocument> summaries)
    {
        if (key.IsSection)
        {
            text.Append(CultureInfo.InvariantCulture, $"| `{prefix}{key.Name}` | mapping |  |  | {Summary(key.Property, summaries)} |\n");
            object inner = key.Property.GetValue(defaults) ?? Activator.CreateInstance(key.Type)!;
            foreach (TaskKey innerKey in TaskKeys.Of(key.Type)) Line(text, innerKey, $"{prefix}{key.Name}.", inner, summaries);
            return;
        }
        string meaning = Summary(key.Property, summaries);
        if (key.Type.IsEnum && !TaskKeys.Values(key.Type).All(name => meaning.Contains($"`{name}`", StringComparison.Ordinal)))
        {
            IEnumerable<string> values = Enum.GetNames(key.Type)
                .Select(name => $"`{TaskKeys.Kebab(name)}`: {LowerFirst(Summary(key.Type.GetField(name)!, summaries).TrimEnd('.'))}");
            meaning += $" {string.Join("; ", values)}.";
        }
        string range = double.IsFinite(key.Attribute.Minimum) || double.IsFinite(key.Attribute.Maximum) ? TaskBinder.Range(key.Attribute) : "";
        string value = key.Attribute.Required ? "required" : Default(key.Property.GetValue(defaults));
        string[] cells = [$"`{prefix}{key.Name}`", TypeName(key), value, range, meaning];
        text.Append("| ").AppendJoin(" | ", cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");
    }

    private static string TypeName(TaskKey key) =>
        key.Attribute.IsPath ? "path"
        : key.Type == typeof(string) ? "text"
        : key.Type == typeof(bool) ? "true or false"
        : key.Type == typeof(int) || key.Type == typeof(long) ? "whole number"
        : key.Type.IsEnum ? "one of the names"
        : key.Type == typeof(OptionMap) || key.Type == typeof(RequestFields) ? "mapping"
        : TaskKeys.ItemOf(key.Type) is { } item ? item == typeof(TaskLabel) ? "list of labels" : "list of texts"
        : "number";

    private static string Default(object? value) => value switch
    {
        null => "none",
        string s => $"`{s}`",
        bool b => b ? "true" : "false",
        Enum e => $"`{TaskKeys.Kebab(e.ToString())}`",
        OptionMap => "none",
        System.Collections.IEnumerable => "none",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    private static string Summary(MemberInfo member, Dictionary<Assembly, XDocument> summaries)
    {
        Assembly assembly = member.DeclaringType!.Assembly;
        if (!summaries.TryGetValue(assembly, out XDocument? document))
        {
            string path = Path.ChangeExtension(assembly.Location, ".xml");
            if (!File.Exists(path)) throw new InvalidOperationException($"{path} is missing: the XML documentation must lie beside the assembly.");
            summaries.Add(assembly, document = XDocument.Load(path));
        }
        char kind = member is PropertyInfo ? 'P' : 'F';
        string id = $"{kind}:{member.DeclaringType.FullName!.Replace('+', '.')}.{member.Name}";
        XElement? summary = document.Descendants("member").FirstOrDefault(m => (string?)m.Attribute("name") == id)?.Element("summary");
        return summary is null ? throw new InvalidOperationException($"{id} has no summary.") : Plain(summary);
    }

    private static string Plain(XElement element)
    {
        var text = new StringBuilder();
        foreach (XNode node in element.Nodes())
        {
            if (node is XText words) text.Append(words.Value);
            else if (node is XElement inner)
                text.Append(inner.Attribute("cref") is { } cref ? $"`{cref.Value.Split('.')[^1]}`"
                    : inner.Attribute("name") is { } name ? $"`{name.Value}`"
                    : inner.Attribute("langword") is { } word ? word.Value
                    : inner.Name == "c" ? $"`{Plain(inner)}`" : Plain(inner));
        }
        return Blank().Replace(text.ToString(), " ").Trim();
    }

    // "TF-IDF similarity" keeps its capitals; "Train on all" in the middle of a sentence does not.
    private static string LowerFirst(string text) =>
        text.Length > 1 && char.IsLower(text[1]) || text.StartsWith("A ", StringComparison.Ordinal) ? char.ToLowerInvariant(text[0]) + text[1..] : text;

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blank();
}
