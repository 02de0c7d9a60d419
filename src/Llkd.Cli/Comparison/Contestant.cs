using System.Globalization;
using Llkd.Runs;

namespace Llkd.Cli.Comparison;

/// <summary>What can be compared besides the selection methods: it is made in another way than by training the student on the pool.</summary>
/// <param name="Name">Name on the command line.</param>
/// <param name="Published">Name for readers.</param>
/// <param name="Role">Its part in the comparison.</param>
/// <param name="Options">Keys of its options.</param>
/// <param name="UsesSeed">Whether another seed gives other figures; if not, it is made once and stands for all seeds.</param>
/// <param name="StudyOnly">Whether it is left out of `all`.</param>
internal sealed record Contestant(
    string Name, string Published, ComparisonRole Role, IReadOnlyList<string> Options, bool UsesSeed = false, bool StudyOnly = false)
{
    /// <summary>The teacher's own answers.</summary>
    public const string Teacher = "teacher";
    /// <summary>The teacher without examples.</summary>
    public const string TeacherZeroShot = "teacher-zs";
    /// <summary>Label vectors from key words; no training.</summary>
    public const string Lbl2TransformerVec = "lbl2transformervec";
    /// <summary>Option of <see cref="Lbl2TransformerVec"/>: a Hugging Face folder.</summary>
    public const string Encoder = "encoder";
    /// <summary>TF-IDF with logistic regression on the pseudo-labels.</summary>
    public const string TfidfLogistic = "tfidf-logistic";
    /// <summary>Random samples, as many as LLKD used.</summary>
    public const string RandomBudget = "random-budget";
    /// <summary>The student on a few gold labels.</summary>
    public const string Gold = "gold";
    /// <summary>Option of <see cref="Gold"/>: how many.</summary>
    public const string GoldLabels = "labels";

    public static IReadOnlyList<Contestant> All { get; } =
    [
        new(Teacher, "Teacher", ComparisonRole.Reference, []),
        new(TeacherZeroShot, "Teacher-ZS", ComparisonRole.Reference, []),
        new(Lbl2TransformerVec, "Lbl2TransformerVec", ComparisonRole.Reference, [Encoder]),
        new(TfidfLogistic, "TF-IDF + logistic", ComparisonRole.Reference, []),
        new(RandomBudget, "Random at LLKD's budget", ComparisonRole.Baseline, [], UsesSeed: true),
        new(Gold, "Gold labels", ComparisonRole.Reference, [GoldLabels], UsesSeed: true, StudyOnly: true),
    ];

    public static Contestant? Find(string name) => All.FirstOrDefault(contestant => contestant.Name == name);

    /// <summary>Checks options before anything is run.</summary>
    /// <exception cref="InputException">An option that it does not have, or a wrong value.</exception>
    public void Check(IReadOnlyList<KeyValuePair<string, string>> options)
    {
        foreach ((string key, string value) in options)
        {
            if (!Options.Contains(key))
                throw new InputException($"--methods: `{Name}` has no option `{key}`{(Options.Count == 0 ? "" : $"; it has {string.Join(", ", Options)}")}.");
            if (key == Encoder)
            {
                if (!Directory.Exists(value)) throw new InputException($"--methods: {Name}:{key}={value}: there is no such folder; name a Hugging Face folder with an encoder.");
                continue;
            }
            if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int count) || count < 2)
                throw new InputException($"--methods: {Name}:{key}={value} is no number of gold labels; it is a whole number from 2.");
        }
        if (Name == Gold && options.Count == 0)
            throw new InputException($"--methods: `{Gold}` needs the number of labels, as in {Gold}:{GoldLabels}=50.");
    }
}
