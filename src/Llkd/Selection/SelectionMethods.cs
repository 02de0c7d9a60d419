using Llkd.Numerics;
using Llkd.Tasks;

namespace Llkd.Selection;

/// <summary>The methods by name. A new method adds one line here.</summary>
public static class SelectionMethods
{
    private static readonly MethodEntry[] Entries =
    [
        Entry<LlkdOptions>("llkd", "LLKD", (o, c) => new LlkdMethod(c.ClassCount, o)),
        Entry<LlkdOptions>("llkd-w", "LLKD_w", (o, c) => new LlkdMethod(c.ClassCount, o, weighted: true)),
        Entry<LlkdOptions>("llkd-without-tc", "LLKD w/o TC", (o, c) => new LlkdMethod(c.ClassCount, o, conditions: LlkdConditions.StudentUncertainty)),
        Entry<LlkdOptions>("llkd-without-su", "LLKD w/o SU", (o, c) => new LlkdMethod(c.ClassCount, o, conditions: LlkdConditions.TeacherConfidence)),
        Entry<LlkdOptions>("llkd-without-tc-su", "LLKD w/o TC+SU", (o, c) => new LlkdMethod(c.ClassCount, o, conditions: LlkdConditions.None)),
        Entry<NoDataSelectionOptions>("no-ds", "No_DS", (o, _) => new NoDataSelection(o)),
        Entry<RandomSelectionOptions>("random", "Random", (o, c) => new RandomSelection(c.Random, o)),
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

    private static MethodEntry Entry<T>(string name, string published, Func<T, MethodContext, SelectionMethod> create)
        where T : class, new() =>
        new(name, published, typeof(T), (options, context) => create(options.Bind<T>(), context), options => options.Bind<T>().ToString() ?? "");
}

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
public sealed record MethodEntry(
    string Name, string Published, Type Options, Func<OptionMap, MethodContext, SelectionMethod> Create, Func<OptionMap, string> Describe);
