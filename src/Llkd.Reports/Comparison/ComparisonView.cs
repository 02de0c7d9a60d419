using Llkd.Runs;

namespace Llkd.Reports.Comparison;

/// <summary>A comparison as the tables and figures look at it: cells by data set and method, means over seeds, ranks, evidence.</summary>
internal sealed class ComparisonView
{
    private static readonly IReadOnlyList<ComparisonCell> Nothing = [];
    private readonly Dictionary<(string DataSet, string Method), IReadOnlyList<ComparisonCell>> cells;
    private readonly Lazy<Ranking> ranking;
    private readonly Lazy<Evidence?> evidence;

    public ComparisonView(ComparisonRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        Record = record;
        cells = record.Cells.GroupBy(cell => (cell.DataSet, cell.Method))
            .ToDictionary(group => group.Key, group => (IReadOnlyList<ComparisonCell>)[.. group.OrderBy(cell => cell.Seed)]);
        ranking = new(() => Ranking.Of(this));
        evidence = new(() => Evidence.Of(this));
    }

    public ComparisonRecord Record { get; }

    public IReadOnlyList<ComparisonDataSet> DataSets => Record.DataSets;

    public IReadOnlyList<ComparisonMethod> Methods => Record.Methods;

    /// <summary>LLKD's variants and the baselines: what is ranked.</summary>
    public IEnumerable<ComparisonMethod> Ranked => Methods.Where(method => method.Role != ComparisonRole.Reference);

    /// <summary>Whether the methods are rivals under equal conditions; settings of one method and students of several teachers are not.</summary>
    public bool Rivals => Record.Study == "few-labels" || Methods.All(method => method.Varied.Count == 0);

    public Ranking Ranking => ranking.Value;

    /// <summary>Paired differences against <see cref="Own"/>; null where there is nothing to compare.</summary>
    public Evidence? Evidence => evidence.Value;

    /// <summary>The method that others are compared with: `llkd`, else the first variant of LLKD; null where there is none.</summary>
    public ComparisonMethod? Own =>
        Methods.FirstOrDefault(method => method is { Role: ComparisonRole.Own, Key: "llkd" }) ?? Methods.FirstOrDefault(method => method.Role == ComparisonRole.Own);

    /// <summary>The method that uses every sample, by which times are divided; null where it is not among the methods.</summary>
    public ComparisonMethod? Everything => Methods.FirstOrDefault(method => method.Key == "no-ds");

    public IReadOnlyList<ComparisonCell> Cells(ComparisonDataSet data, ComparisonMethod method) =>
        cells.GetValueOrDefault((data.Name, method.Key), Nothing);

    public IEnumerable<ComparisonCell> Good(ComparisonDataSet data, ComparisonMethod method) =>
        Cells(data, method).Where(cell => cell.Failure is null);

    public IEnumerable<ComparisonCell> Failed(ComparisonDataSet data, ComparisonMethod method) =>
        Cells(data, method).Where(cell => cell.Failure is not null);

    /// <summary>Seeds that are not finished; a reference may have fewer seeds than the others.</summary>
    public int Missing(ComparisonDataSet data, ComparisonMethod method) =>
        method.Role == ComparisonRole.Reference ? 0 : Math.Max(0, Record.Seeds.Count - Cells(data, method).Count);

    public Score Score(ComparisonDataSet data, ComparisonMethod method, Metric metric) =>
        Comparison.Score.Of(Good(data, method).Select(metric.Of));

    /// <summary>Share of the offered samples that the optimiser saw, over seeds.</summary>
    public Score Share(ComparisonDataSet data, ComparisonMethod method) =>
        Comparison.Score.Of(Good(data, method).Select(cell => cell.Share ?? double.NaN));

    /// <summary>Mean over the data sets where the method has a figure.</summary>
    public double OverDataSets(ComparisonMethod method, Func<ComparisonDataSet, ComparisonMethod, Score> figure) =>
        Comparison.Score.Of(DataSets.Select(data => figure(data, method).Mean)).Mean;

    /// <summary>Finished cells, and those of the whole comparison.</summary>
    public (int Finished, int Planned) Progress =>
        (Record.Cells.Count, Math.Max(Record.Cells.Count, Record.Planned ?? DataSets.Count * Methods.Count * Record.Seeds.Count));

    /// <summary>The best score among methods of a role on a data set; null where none has one.</summary>
    public (ComparisonMethod Method, Score Score)? Best(ComparisonDataSet data, ComparisonRole role, Metric metric)
    {
        (ComparisonMethod, Score)? best = null;
        foreach (var method in Methods.Where(method => method.Role == role))
        {
            var score = Score(data, method, metric);
            if (score.Count > 0 && (best is not { } top || score.Mean > top.Item2.Mean))
                best = (method, score);
        }
        return best;
    }

    /// <summary>"Improv.": the relative gain of the best variant of LLKD over the best baseline; null where either is missing.</summary>
    public double? Improvement(ComparisonDataSet data, Metric metric) =>
        Best(data, ComparisonRole.Own, metric) is { } own && Best(data, ComparisonRole.Baseline, metric) is { } other && other.Score.Mean > 0
            ? own.Score.Mean / other.Score.Mean - 1
            : null;

    /// <summary>How a method is named: its published name, with what sets it apart where two share the name.</summary>
    public string Name(ComparisonMethod method)
    {
        ComparisonMethod[] namesakes = [.. Methods.Where(other => other.Published == method.Published)];
        int colon = method.Key.IndexOf(':', StringComparison.Ordinal);
        string apart = string.Join(", ", method.Varied.Count > 0 ? method.Varied.Select(pair => $"{ShortKey(pair.Key)}={pair.Value}") : colon >= 0 ? method.Key[(colon + 1)..].Split(',').Select(ShortKey) : []);
        if (namesakes.Length < 2)
            return method.Published;
        if (apart.Length == 0)
            return namesakes.Count(other => !other.Key.Contains(':', StringComparison.Ordinal) && other.Varied.Count == 0) < 2 ? method.Published : $"{method.Published} ({method.Key})";
        return $"{method.Published} ({apart})";
    }

    /// <summary>The last part of a dotted key, which is what tells two apart: `training.options.momentum` → `momentum`.</summary>
    public static string ShortKey(string key)
    {
        int value = key.IndexOf('=', StringComparison.Ordinal);
        int dot = key.LastIndexOf('.', value < 0 ? key.Length - 1 : value);
        return dot < 0 ? key : key[(dot + 1)..];
    }
}
