using Llkd.Selection;

namespace Llkd.Cli.Comparison;

/// <summary>Names on the command line that stand for several methods.</summary>
internal static class MethodSets
{
    /// <summary>The paper's thirteen methods and its own two, in the order of its table 1.</summary>
    private static readonly string[] Paper =
    [
        "teacher-zs", "teacher", "no-ds", "random", "freematch", "softmatch", "cckd-l", "cckd-t-reg", "entropy-score", "unixkd",
        "lbl2transformervec", "llkd", "llkd-w",
    ];

    /// <summary>The paper's figure 3.</summary>
    public static IReadOnlyList<string> Ablation { get; } = ["llkd", "llkd-w", "llkd-without-tc", "llkd-without-su", "llkd-without-tc-su"];

    public static IReadOnlyList<string> Names { get; } = ["paper", "ablation", "all"];

    /// <summary>The methods that a name stands for; null where it stands for none.</summary>
    public static IReadOnlyList<string>? Find(string name) => name switch
    {
        "paper" => Paper,
        "ablation" => Ablation,
        "all" => All(),
        _ => null,
    };

    private static string[] All()
    {
        // Without both conditions LLKD is No_DS, number for number: it has a row in the ablation only.
        IEnumerable<string> others = SelectionMethods.All.Select(method => method.Name).Where(name => name != "llkd-without-tc-su")
            .Concat(Contestant.All.Where(contestant => !contestant.StudyOnly).Select(contestant => contestant.Name));
        string[] own = ["llkd", "llkd-w", "llkd-without-tc", "llkd-without-su"];
        return [.. Paper.Except(own).Concat(others.Except(own)).Distinct(), .. own];
    }
}
