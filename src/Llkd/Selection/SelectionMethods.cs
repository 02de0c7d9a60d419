using Llkd.Numerics;
using Llkd.Runs;
using Llkd.Tasks;

namespace Llkd.Selection;

/// <summary>The methods by name. A new method adds one line here.</summary>
public static class SelectionMethods
{
    private static readonly MethodEntry[] Entries =
    [
        Own("llkd", "LLKD", (o, c) => new LlkdMethod(c.ClassCount, o)),
        Own("llkd-w", "LLKD_w", (o, c) => new LlkdMethod(c.ClassCount, o, weighted: true)),
        Own("llkd-without-tc", "LLKD w/o TC", (o, c) => new LlkdMethod(c.ClassCount, o, conditions: LlkdConditions.StudentUncertainty)),
        Own("llkd-without-su", "LLKD w/o SU", (o, c) => new LlkdMethod(c.ClassCount, o, conditions: LlkdConditions.TeacherConfidence)),
        Own("llkd-without-tc-su", "LLKD w/o TC+SU", (o, c) => new LlkdMethod(c.ClassCount, o, conditions: LlkdConditions.None)),
        Baseline<NoDataSelectionOptions>("no-ds", "No_DS", (o, _) => new NoDataSelection(o)),
        Baseline<RandomSelectionOptions>("random", "Random", (o, c) => new RandomSelection(c.Random, o), ratio: "share"),
        Baseline<FreeMatchOptions>("freematch", "FreeMatch", (o, c) => new FreeMatch(c.ClassCount, o)),
        Baseline<SoftMatchOptions>("softmatch", "SoftMatch", (o, c) => new SoftMatch(c.ClassCount, o)),
        Baseline<CckdLOptions>("cckd-l", "CCKD_L", (o, _) => new CckdL(o)),
        Baseline<CckdTOptions>("cckd-t-reg", "CCKD_T+Reg", (o, _) => new CckdT(o)),
        Baseline<EntropyScoreOptions>("entropy-score", "Entropy Score", (o, _) => new EntropyScore(o), ratio: "share"),
        Baseline<UnixkdOptions>("unixkd", "UNIXKD", (o, _) => new Unixkd(o), ratio: "share"),
        Baseline<NoOptions>("soft-labels", "Soft labels", (_, _) => new NoDataSelection(new NoDataSelectionOptions { Target = TargetKind.Soft })),
        Baseline<TeacherConfidenceOptions>("teacher-confidence", "Teacher confidence", (o, _) => new TeacherConfidence(o), ratio: "share"),
        Baseline<CutStatisticOptions>("cut-statistic", "Cut statistic", (o, _) => new CutStatistic(o), ratio: "share"),
        Baseline<ConfidentLearningOptions>("confident-learning", "Confident learning", (o, _) => new ConfidentLearning(o)),
        Baseline<FreeAlOptions>("freeal", "Small loss (FreeAL)", (o, _) => new FreeAl(o)),
        Baseline<GeneralizedCrossEntropyOptions>("gce", "GCE", (o, _) => new GeneralizedCrossEntropy(o)),
        Baseline<DynamicKdOptions>("dynamickd", "DynamicKD", (o, _) => new DynamicKd(o)),
        Baseline<FlexMatchOptions>("flexmatch", "FlexMatch", (o, c) => new FlexMatch(c.ClassCount, o)),
    ];

    /// <summary>All methods: name in task files, published name, and the record of their options.</summary>
    public static IReadOnlyList<MethodEntry> All => Entries;

    /// <summary>Creates a method in its start state.</summary>
    /// <param name="name">Name as in task files.</param>
    /// <param name="options">Its options as they stand in the task file.</param>
    /// <param name="classCount">Number of classes C.</param>
    /// <param name="seed">Seed of the method's random numbers.</param>
    /// <exception cref="InputException">Unknown method or option; the message lists the nearest names.</exception>
    public static SelectionMethod Create(string name, OptionMap options, int classCount, int seed) =>
        Find(name).Create(options, new MethodContext(classCount, new RandomStream(seed, "selection")));

    /// <summary>The method of that name.</summary>
    /// <exception cref="InputException">There is none; the message lists the nearest names.</exception>
    public static MethodEntry Find(string name) =>
        Entries.FirstOrDefault(entry => entry.Name == name)
        ?? throw new InputException(
            $"There is no method `{name}`. Nearest: {string.Join(", ", NearestName.Of(name, Entries.Select(e => e.Name), 2))}. All: {string.Join(", ", Entries.Select(e => e.Name))}.");

    private static MethodEntry Own(string name, string published, Func<LlkdOptions, MethodContext, SelectionMethod> create) =>
        Entry(name, published, create, null, ComparisonRole.Own);

    private static MethodEntry Baseline<T>(
        string name, string published, Func<T, MethodContext, SelectionMethod> create, string? ratio = null)
        where T : class, new() =>
        Entry(name, published, create, ratio, ComparisonRole.Baseline);

    private static MethodEntry Entry<T>(
        string name, string published, Func<T, MethodContext, SelectionMethod> create, string? ratio, ComparisonRole role)
        where T : class, new()
    {
        return new MethodEntry(
            name, published, typeof(T),
            (options, context) =>
            {
                T bound = options.Bind<T>();
                SelectionMethod method = create(bound, context);
                method.Name = name;
                method.OptionValues = Values(bound);
                return method;
            },
            options => options.Bind<T>().ToString() ?? "", ratio, role);

        // A record writes "Type { A = 1, B = 2 }"; a message needs no type.
        static string Values(T bound)
        {
            string text = bound.ToString() ?? "";
            int start = text.IndexOf('{', StringComparison.Ordinal);
            return start < 0 ? "" : text[(start + 1)..].TrimEnd('}').Trim();
        }
    }
}

/// <summary>Options of a method that has none.</summary>
public sealed record NoOptions;

/// <summary>What a method may be made from.</summary>
/// <param name="ClassCount">Number of classes C.</param>
/// <param name="Random">Random numbers of the method's own.</param>
public sealed record MethodContext(int ClassCount, RandomStream Random);

/// <summary>A method as the registry knows it.</summary>
/// <param name="Name">Name in task files.</param>
/// <param name="Published">Name in the literature.</param>
/// <param name="Options">Record of its options.</param>
/// <param name="Create">Makes it in its start state.</param>
/// <param name="Describe">All its options with their values, defaults included, in one line.</param>
/// <param name="RatioOption">Key of the option, a share in [0, 1], that its paper leaves open and a comparison chooses on the validation set; null where there is none.</param>
/// <param name="Role">Its part in a comparison.</param>
public sealed record MethodEntry(
    string Name, string Published, Type Options, Func<OptionMap, MethodContext, SelectionMethod> Create, Func<OptionMap, string> Describe,
    string? RatioOption, ComparisonRole Role);
