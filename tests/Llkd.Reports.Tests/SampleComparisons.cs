using System.Globalization;
using Llkd.Metrics;
using Llkd.Runs;

namespace Llkd.Reports.Tests;

/// <summary>Comparisons as they come out of `llkd compare` in shape and size, made from a seed.</summary>
internal static class SampleComparisons
{
    public static readonly (string Key, string Published, ComparisonRole Role)[] Methods =
    [
        ("llkd", "LLKD", ComparisonRole.Own), ("llkd-w", "LLKD_w", ComparisonRole.Own), ("no-ds", "No_DS", ComparisonRole.Baseline),
        ("random", "Random", ComparisonRole.Baseline), ("freematch", "FreeMatch", ComparisonRole.Baseline), ("softmatch", "SoftMatch", ComparisonRole.Baseline),
        ("cckd-l", "CCKD_L", ComparisonRole.Baseline), ("cckd-t-reg", "CCKD_T+Reg", ComparisonRole.Baseline), ("entropy-score", "Entropy Score", ComparisonRole.Baseline),
        ("unixkd", "UNIXKD", ComparisonRole.Baseline), ("random-at-budget", "Random at LLKD’s budget", ComparisonRole.Baseline), ("teacher-confidence", "Teacher confidence", ComparisonRole.Baseline),
        ("cut-statistic", "Cut statistic", ComparisonRole.Baseline), ("confident-learning", "Confident learning", ComparisonRole.Baseline), ("gce", "Generalised cross-entropy", ComparisonRole.Baseline),
        ("freeal", "Small-loss mixture (FreeAL)", ComparisonRole.Baseline), ("dynamickd", "DynamicKD", ComparisonRole.Baseline), ("flexmatch", "FlexMatch", ComparisonRole.Baseline),
        ("soft-labels", "Soft labels", ComparisonRole.Baseline), ("freematch:fairness=0.01", "FreeMatch", ComparisonRole.Baseline), ("llkd-without-tc", "LLKD w/o TC", ComparisonRole.Own),
        ("llkd-without-su", "LLKD w/o SU", ComparisonRole.Own), ("llkd:momentum=0.99", "LLKD", ComparisonRole.Own), ("teacher", "Teacher", ComparisonRole.Reference),
        ("teacher-zs", "Teacher-ZS", ComparisonRole.Reference), ("lbl2transformervec", "Lbl2TransformerVec", ComparisonRole.Reference), ("tfidf-logistic", "TF-IDF + logistic", ComparisonRole.Reference),
    ];

    public static readonly string[] DataSets = ["emotions", "trec", "snips", "sst2", "banking77", "llm_babe, Mixtral", "llm_babe, Llama-13B", "llm_babe, GPT-4"];

    public static ComparisonRecord Make(int methods = 27, int dataSets = 8, int seeds = 5, bool failures = false, int test = 120, int points = 12, string? study = null)
    {
        var sets = DataSets.Take(dataSets).Select((name, d) => Data(name, d, test)).ToList();
        var rows = Methods.Take(methods).Select(row => new ComparisonMethod { Key = row.Key, Published = row.Published, Role = row.Role }).ToList();
        return Make(sets, rows, seeds, failures, points, study);
    }

    public static ComparisonRecord Make(IReadOnlyList<ComparisonDataSet> sets, IReadOnlyList<ComparisonMethod> methods, int seeds, bool failures = false, int points = 12, string? study = null) => new()
    {
        ProductVersion = "0.2.0",
        Finished = new DateTimeOffset(2026, 11, 24, 16, 40, 0, TimeSpan.Zero),
        Machine = "2 processors, Debian GNU/Linux 12, .NET 10.0",
        ThreadsPerCell = 1,
        Study = study,
        Seeds = [.. Enumerable.Range(1, seeds)],
        DataSets = sets,
        Methods = methods,
        Planned = sets.Count * methods.Sum(method => method.Role == ComparisonRole.Reference ? 1 : seeds),
        Cells = [.. sets.SelectMany((data, d) => methods.SelectMany((method, m) => Enumerable.Range(1, method.Role == ComparisonRole.Reference ? 1 : seeds).Select(seed => Cell(data, d, method, m, seed, failures, points))))],
    };

    public static ComparisonDataSet Data(string name, int d, int test)
    {
        int classes = 2 + d % 5;
        var random = new Random(100 + d);
        return new()
        {
            Name = name,
            Labels = [.. Enumerable.Range(0, classes).Select(k => $"class {k}")],
            Pool = 4000 + 1000 * d,
            Test = test,
            Teacher = "prototype, 16 shots",
            Student = "ngram, 64 wide, 0.9 M weights",
            TeacherPoolAccuracy = d % 3 == 2 ? null : 0.71 + 0.02 * d,
            Gold = [.. Enumerable.Range(0, test).Select(_ => random.Next(classes))],
        };
    }

    private static ComparisonCell Cell(ComparisonDataSet data, int d, ComparisonMethod method, int m, int seed, bool failures, int points)
    {
        var random = new Random(1000 * d + 10 * m + seed);
        bool trains = method.Role != ComparisonRole.Reference || method.Key == "tfidf-logistic";
        if (failures && (m + d) % 7 == 3 && (seed == 1 || m % 2 == 1) && trains)
            return new() { DataSet = data.Name, Method = method.Key, Seed = seed, Failure = m % 3 == 0 ? "the student diverged: its loss is NaN after step 120" : "every sample was filtered out in epoch 2" };
        double skill = method.Varied.Count == 0 ? 0.9 - 0.008 * m - 0.03 * (d % 3) : Skill(method);
        int[] predicted = [.. data.Gold.Select(gold => random.NextDouble() < skill ? gold : random.Next(data.Labels.Count))];
        var quality = Quality.Measure([.. data.Gold], predicted, new float[predicted.Length], data.Labels);
        double share = method.Key == "no-ds" ? 1 : method.Role == ComparisonRole.Own ? 0.15 + 0.02 * (m % 9) : 0.3 + 0.07 * (m % 9);
        long offered = 6L * data.Pool, seen = (long)(share * offered);
        return new()
        {
            DataSet = data.Name,
            Method = method.Key,
            Seed = seed,
            Chosen = method.Key is "unixkd" or "random" ? (seed % 3 == 0 ? "share=0.5" : "share=0.3") : null,
            Notes = method.Key == "lbl2transformervec" ? ["no encoder was given: the product’s own n-gram embeddings stand in"] : [],
            Accuracy = quality.Accuracy,
            MacroF1 = quality.MacroF1,
            Ece = 0.05,
            Seen = trains ? seen : null,
            Offered = trains ? offered : null,
            Seconds = trains ? 20 * share + 3 + random.NextDouble() : 0,
            Curve = trains ? [.. Enumerable.Range(1, points).Select(i => new EvaluationPoint(i * 100, i / 2.0, seen * i / points, quality.Accuracy, quality.MacroF1 * (1 - Math.Exp(-4.0 * i / points)), 1, false))] : [],
            Predicted = predicted,
        };
    }

    private static double Skill(ComparisonMethod method)
    {
        double value = double.TryParse(method.Varied.Values.First(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : method.Varied.Values.First().Length / 20.0;
        return method.Role == ComparisonRole.Reference ? Math.Clamp(0.3 + 0.08 * Math.Log(1 + value), 0, 0.93) : 0.8 + 0.05 * Math.Sin(3 * Math.Log(1 + value));
    }

    /// <summary>The record as it stood after some cells.</summary>
    public static ComparisonRecord Partial(ComparisonRecord record, int cells) => record with { Planned = record.Planned ?? record.Cells.Count, Cells = [.. record.Cells.Take(cells)] };

    /// <summary>A study in which each method varies one thing.</summary>
    public static ComparisonRecord Study(string study, int dataSets, IEnumerable<(string Key, string Published, ComparisonRole Role, (string Key, string Value)[] Varied)> methods, int seeds = 3) =>
        Make([.. DataSets.Take(dataSets).Select((name, d) => Data(name, d, 120))],
            [.. methods.Select(row => new ComparisonMethod { Key = row.Key, Published = row.Published, Role = row.Role, Varied = row.Varied.ToDictionary(pair => pair.Key, pair => pair.Value) })], seeds, study: study);

    public static IReadOnlyDictionary<string, ComparisonRecord> All { get; } = new Dictionary<string, ComparisonRecord>
    {
        ["large"] = Make(),
        ["large-failures"] = Make(failures: true),
        ["small"] = Make(methods: 2, dataSets: 1, seeds: 1),
        ["partial"] = Partial(Make(methods: 10, dataSets: 3), 70),
        ["empty"] = Partial(Make(methods: 4, dataSets: 2), 0),
        ["ablation"] = Study("ablation", 3, [("llkd", "LLKD", ComparisonRole.Own, []), ("llkd-without-tc", "w/o TC", ComparisonRole.Own, []), ("llkd-without-su", "w/o SU", ComparisonRole.Own, []), ("no-ds", "w/o TC+SU", ComparisonRole.Baseline, [])]),
        ["sensitivity"] = Study("sensitivity", 3, [
            .. new[] { "16", "32", "64", "128" }.Select(value => ($"llkd:training.batchSize={value}", "LLKD", ComparisonRole.Own, new[] { ("training.batchSize", value) })),
            .. new[] { "0.5", "0.9", "0.99" }.Select(value => ($"llkd:training.options.momentum={value}", "LLKD", ComparisonRole.Own, new[] { ("training.options.momentum", value) })),
            .. new[] { "entropy", "least-confidence", "margin" }.Select(value => ($"llkd:training.options.uncertainty={value}", "LLKD", ComparisonRole.Own, new[] { ("training.options.uncertainty", value) }))]),
        ["few-labels"] = Study("few-labels", 2, [
            ("llkd", "LLKD", ComparisonRole.Own, []), ("teacher", "Teacher", ComparisonRole.Reference, []),
            .. new[] { "10", "50", "100", "500", "1000" }.Select(value => ($"gold:labels={value}", "Gold labels", ComparisonRole.Reference, new[] { ("labels", value) }))]),
        ["teacher-study"] = Study("teacher", 1, new[] { "Mixtral", "Llama-13B", "GPT-4" }.SelectMany(value => new[]
        {
            ($"llkd:teacher={value}", "LLKD", ComparisonRole.Own, new[] { ("teacher", value) }), ($"no-ds:teacher={value}", "No_DS", ComparisonRole.Baseline, new[] { ("teacher", value) }),
            ($"teacher:teacher={value}", "Teacher", ComparisonRole.Reference, new[] { ("teacher", value) }),
        })),
    };

    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, Lazy<string>> Pages = new();

    /// <summary>The page of a sample, made once.</summary>
    public static string Html(string name) => Pages.GetOrAdd(name, key => new(() => Comparison.ComparisonHtml.Render(All[key]))).Value;
}
