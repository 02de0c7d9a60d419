using System.Globalization;
using Llkd.Tasks;

namespace Llkd.Documents;

/// <summary>One file of a task, counted.</summary>
/// <param name="set">`pool`, `validation`, `test` or `examples`.</param>
/// <param name="path">Full path.</param>
internal sealed class CheckedFile(string set, string path)
{
    private const int MostShown = 20;
    private readonly Dictionary<string, (long Count, long First)> _unknown = new(StringComparer.Ordinal);
    private long _rows, _empty, _repeated, _unlabelled, _tooLong, _firstTooLong, _firstUnlabelled;
    private bool _hasLabels;

    public string Set => set;
    public string Path => path;
    /// <summary>Texts of each label, [classes].</summary>
    public long[] Labels { get; private set; } = [];
    /// <summary>The different texts.</summary>
    public HashSet<DocumentKey> Texts { get; } = [];

    /// <exception cref="InputException">The file cannot be read, or lacks a column.</exception>
    public void Read(DistillationTask task, bool gold)
    {
        DataOptions data = task.Data;
        Labels = new long[task.Labels.Count];
        var indexes = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int k = 0; k < task.Labels.Count; k++) indexes.TryAdd(task.Labels[k].Name, k);
        for (int k = 0; k < task.Labels.Count; k++)
            if (task.Labels[k].Value is { } value) indexes.TryAdd(value, k);
        using ITable table = Table.Open(path, data.Format);
        int text = table.Require(data.Text, "data.text");
        int label = gold ? table.Require(data.Label, "data.label") : table.Find(data.Label);
        while (table.Read())
        {
            _rows++;
            if (label < 0) label = table.Find(data.Label);
            string? words = table[text];
            if (string.IsNullOrWhiteSpace(words))
            {
                _empty++;
                continue;
            }
            if (words.Length > data.MaxTextLength && _tooLong++ == 0) _firstTooLong = table.Row;
            if (!Texts.Add(DocumentKey.Of(words))) _repeated++;
            string? name = label < 0 ? null : table[label];
            if (string.IsNullOrWhiteSpace(name))
            {
                if (_unlabelled++ == 0) _firstUnlabelled = table.Row;
            }
            else if (indexes.TryGetValue(name, out int k)) Labels[k]++;
            else _unknown[name] = _unknown.TryGetValue(name, out var seen) ? (seen.Count + 1, seen.First) : (1, table.Row);
        }
        _hasLabels = label >= 0;
    }

    /// <summary>What is in it, in a few lines.</summary>
    public void Describe(DistillationTask task, List<string> report)
    {
        string[] oddities =
        [
            .. new[] { (_empty, "empty"), (_repeated, "repeated"), (_unlabelled, "without a label") }
                .Where(pair => pair.Item1 > 0 && !(pair.Item2 == "without a label" && !_hasLabels)).Select(pair => $"{DataCheck.Number(pair.Item1)} {pair.Item2}"),
        ];
        report.Add($"{set}: {path}: {DataCheck.Count(_rows, "row", "rows")}{(oddities.Length == 0 ? "" : $" ({string.Join(", ", oddities)})")}");
        long labelled = Labels.Sum();
        if (labelled == 0)
        {
            report.Add(_hasLabels ? "  no row has a label of the task" : $"  no column `{task.Data.Label}`");
            return;
        }
        int[] order = [.. Enumerable.Range(0, Labels.Length).Where(k => Labels[k] > 0).OrderByDescending(k => Labels[k])];
        report.Add("  labels: " + string.Join(", ", order.Take(MostShown).Select(k => $"{task.Labels[k].Name} {DataCheck.Number(Labels[k])} ({Share(Labels[k], labelled)})"))
            + (order.Length > MostShown ? $", and {order.Length - MostShown} more down to {DataCheck.Number(Labels[order[^1]])}" : ""));
        if (order.Length > 1)
            report.Add(string.Create(CultureInfo.InvariantCulture, $"  balance: the largest class has {(double)Labels[order[0]] / Labels[order[^1]]:0.0} times as many texts as the smallest, `{task.Labels[order[^1]].Name}`"));
        string[] missing = [.. task.Labels.Where((_, k) => Labels[k] == 0).Select(missed => $"`{missed.Name}`")];
        if (missing.Length > 0) report.Add($"  no text of {string.Join(", ", missing.Take(MostShown))}{(missing.Length > MostShown ? ", …" : "")}");
    }

    /// <summary>What is wrong with it.</summary>
    public void Judge(DistillationTask task, string key, bool gold, int? expected, List<string> problems)
    {
        if (Texts.Count == 0) problems.Add($"{path}: `{key}` has no texts ({DataCheck.Count(_rows, "row", "rows")}).");
        if (expected is { } rows && rows != _rows)
            problems.Add($"{path}: {DataCheck.Count(_rows, "row", "rows")}, but `data.expected.{set}` is {DataCheck.Number(rows)} ({DataCheck.Number(Math.Abs(_rows - rows))} {(_rows < rows ? "are missing" : "too many")}); it is another version of the data set, or the copy is {(_rows < rows ? "cut off" : "longer")}.");
        if (_tooLong > 0)
            problems.Add($"{path}: {DataCheck.Count(_tooLong, "text is", "texts are")} longer than `data.maxTextLength`, {DataCheck.Number(task.Data.MaxTextLength)} characters, first in row {_firstTooLong}; shorten, or raise the limit.");
        if (gold && _unlabelled > 0)
            problems.Add($"{path}: {DataCheck.Count(_unlabelled, "text has", "texts have")} no label, first in row {_firstUnlabelled}, but every text of `{key}` needs one.");
        if (_unknown.Count == 0) return;
        string all = string.Join(", ", _unknown.OrderByDescending(pair => pair.Value.Count).ThenBy(pair => pair.Key, StringComparer.Ordinal).Take(MostShown)
            .Select(pair => $"`{(pair.Key.Length <= 60 ? pair.Key : pair.Key[..60] + "…")}` {DataCheck.Number(pair.Value.Count)}× from row {pair.Value.First}{Nearest(pair.Key, task)}"));
        string advice = _unknown.Keys.All(name => name.All(char.IsAsciiDigit)) ? " The column holds numbers: give each label its number as `value`." : "";
        problems.Add($"{path}: {DataCheck.Count(_unknown.Count, "label is", "labels are")} none of the task's: {all}{(_unknown.Count > MostShown ? ", …" : "")}.{advice}");
    }

    private static string Nearest(string name, DistillationTask task) =>
        name.All(char.IsAsciiDigit) ? "" : $" (nearest: `{NearestName.Of(name, task.Labels.Select(label => label.Name))}`)";

    private static string Share(long count, long all) => string.Create(CultureInfo.InvariantCulture, $"{100.0 * count / all:0.0} %");
}
