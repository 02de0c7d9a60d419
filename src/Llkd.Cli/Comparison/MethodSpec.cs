using Llkd.Runs;
using Llkd.Selection;
using Llkd.Tasks;

namespace Llkd.Cli.Comparison;

/// <summary>A row of a comparison: a method with options and, in a study, a value of the task file that is varied.</summary>
/// <param name="Name">Name of a selection method or of a <see cref="Contestant"/>.</param>
/// <param name="Options">Its options as written on the command line, by key.</param>
/// <param name="Set">A value of the task file that a study varies, `key.path=value`; null where nothing else is varied.</param>
internal sealed record MethodSpec(string Name, IReadOnlyList<KeyValuePair<string, string>> Options, string? Set = null)
{
    /// <summary>What a study varies in this row, and the value.</summary>
    public IReadOnlyDictionary<string, string> Varied { get; init; } = new Dictionary<string, string>();

    /// <summary>Unique name of the row: `llkd:momentum=0.5`, `llkd training.batchSize=16`.</summary>
    public string Key => string.Join(':', Options.Select(option => $"{option.Key}={option.Value}").Prepend(Name)) + (Set is null ? "" : " " + Set);

    /// <summary>Name for readers: `LLKD (momentum=0.5)`.</summary>
    public string Published
    {
        get
        {
            string[] details = [.. Options.Select(option => $"{option.Key}={option.Value}"), .. Set is null ? [] : new[] { Set }];
            string name = Contestant.Find(Name)?.Published ?? SelectionMethods.Find(Name).Published;
            return details.Length == 0 ? name : $"{name} ({string.Join(", ", details)})";
        }
    }

    /// <summary>Its part in the comparison.</summary>
    public ComparisonRole Role => Contestant.Find(Name)?.Role ?? SelectionMethods.Find(Name).Role;

    /// <summary>The option that the method leaves open and that is chosen on the validation set; null where it is given or there is none.</summary>
    public string? OpenRatio =>
        Contestant.Find(Name) is null && SelectionMethods.Find(Name).RatioOption is { } option && Options.All(given => given.Key != option) ? option : null;

    /// <summary>The same row with an option more.</summary>
    public MethodSpec With(string option, string value) => this with { Options = [.. Options, KeyValuePair.Create(option, value)] };

    /// <summary>Overrides of the task file that make it this row's.</summary>
    /// <param name="task">The task as its file has it; its own options count where it names the same method.</param>
    public IEnumerable<string> Overrides(DistillationTask task)
    {
        if (Set is not null) yield return Set;
        if (Contestant.Find(Name) is not null) yield break;
        if (Name != task.Training.Method) yield return "training.options={}";
        yield return $"training.method={Name}";
        foreach ((string option, string value) in Options) yield return $"training.options.{option}={value}";
    }

    /// <summary>Reads `llkd,no-ds:target=soft,paper`.</summary>
    /// <exception cref="InputException">An unknown method (the nearest names are given), or an option that is not `key=value`.</exception>
    public static IReadOnlyList<MethodSpec> Parse(string methods)
    {
        var specs = new List<MethodSpec>();
        foreach (string entry in methods.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            IEnumerable<MethodSpec> read = MethodSets.Find(entry) is { } set ? set.Select(name => new MethodSpec(name, [])) : [One(entry)];
            foreach (MethodSpec spec in read)
                if (specs.All(other => other.Key != spec.Key)) specs.Add(spec);
        }
        return specs.Count > 0 ? specs : throw new InputException("--methods names no method; give names with commas between them, `paper` or `all`.");
    }

    private static MethodSpec One(string entry)
    {
        string[] parts = entry.Split(':');
        RequireKnown(parts[0]);
        var options = new List<KeyValuePair<string, string>>();
        foreach (string part in parts.Skip(1))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw new InputException($"--methods: `{part}` in `{entry}` is no option; write method:option=value, such as llkd:momentum=0.5.");
            options.Add(KeyValuePair.Create(part[..equals], part[(equals + 1)..]));
        }
        Contestant.Find(parts[0])?.Check(options);
        return new MethodSpec(parts[0], options);
    }

    private static void RequireKnown(string name)
    {
        if (Contestant.Find(name) is not null || SelectionMethods.All.Any(method => method.Name == name)) return;
        string[] all = [.. SelectionMethods.All.Select(method => method.Name), .. Contestant.All.Select(contestant => contestant.Name), .. MethodSets.Names];
        throw new InputException(
            $"--methods: there is no method `{name}`. Nearest: {string.Join(", ", NearestName.Of(name, all, 2))}. All: {string.Join(", ", all)}.");
    }
}
