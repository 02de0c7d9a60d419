using System.Globalization;

namespace Llkd.Cli.Comparison;

/// <summary>The rows that a study compares.</summary>
internal static class Study
{
    public const string Ablation = "ablation";
    public const string Sensitivity = "sensitivity";
    public const string FewLabels = "few-labels";
    public const string Teacher = "teacher";

    private const string OptionPath = "training.options.";

    public static IReadOnlyList<string> Names { get; } = [Ablation, Sensitivity, FewLabels, Teacher];

    /// <summary>Rows of a comparison.</summary>
    /// <param name="study">Kind of study; null for a plain comparison.</param>
    /// <param name="methods">`--methods`; null for the study's own.</param>
    /// <param name="vary">`--vary key.path=a,b,c`, each.</param>
    /// <param name="labels">`--labels`.</param>
    /// <exception cref="InputException">The options do not fit each other, or are wrong.</exception>
    public static IReadOnlyList<MethodSpec> Rows(string? study, string? methods, IReadOnlyList<string> vary, string? labels)
    {
        if (study is not null && !Names.Contains(study))
            throw new InputException($"--study: there is no study `{study}`; there are {string.Join(", ", Names)}.");
        if (vary.Count > 0 && study != Sensitivity) throw new InputException($"--vary goes with --study {Sensitivity}.");
        if (labels is not null && study != FewLabels) throw new InputException($"--labels goes with --study {FewLabels}.");
        return study switch
        {
            null => MethodSpec.Parse(methods ?? "teacher,no-ds,random,llkd,llkd-w"),
            Ablation => MethodSpec.Parse(methods ?? "no-ds,ablation"),
            Teacher => MethodSpec.Parse(methods ?? "teacher,no-ds,llkd,llkd-w"),
            Sensitivity => Varied(MethodSpec.Parse(methods ?? "llkd"), vary),
            _ => [.. MethodSpec.Parse(methods ?? "teacher,no-ds,llkd"), .. Gold(labels ?? "10,50,100,500,1000")],
        };
    }

    /// <summary>Each key is varied alone, the others as the task has them.</summary>
    private static List<MethodSpec> Varied(IReadOnlyList<MethodSpec> specs, IReadOnlyList<string> vary)
    {
        if (vary.Count == 0) throw new InputException($"--study {Sensitivity} needs --vary, such as --vary training.batchSize=16,32,64.");
        var rows = new List<MethodSpec>();
        foreach (string entry in vary)
        {
            int equals = entry.IndexOf('=', StringComparison.Ordinal);
            string[] values = equals < 0 ? [] : entry[(equals + 1)..].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (equals <= 0 || values.Length == 0) throw new InputException($"--vary {entry}: write key.path=value,value, such as training.batchSize=16,32,64.");
            string key = entry[..equals].Trim();
            foreach (MethodSpec spec in specs)
            {
                foreach (string value in values)
                {
                    MethodSpec row = key.StartsWith(OptionPath, StringComparison.Ordinal)
                        ? spec.With(key[OptionPath.Length..], value) : spec with { Set = $"{key}={value}" };
                    rows.Add(row with { Varied = new Dictionary<string, string> { [key] = value } });
                }
            }
        }
        return rows;
    }

    private static IEnumerable<MethodSpec> Gold(string labels)
    {
        foreach (string count in labels.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var options = new[] { KeyValuePair.Create(Contestant.GoldLabels, count) };
            Contestant.Find(Contestant.Gold)!.Check(options);
            int number = int.Parse(count, CultureInfo.InvariantCulture);
            yield return new MethodSpec(Contestant.Gold, options)
            {
                Varied = new Dictionary<string, string> { [Contestant.GoldLabels] = number.ToString(CultureInfo.InvariantCulture) },
            };
        }
    }
}
