// Runs `llkd run` for several task files, methods and seeds, and prints docs/results.md's tables.
//   dotnet run -c Release bench/results.cs -- [--tasks bench/tasks/*.yaml] [--methods no-ds,random,llkd] [--seeds 3]
//                                             [--jobs 1] [--set key=value]... [--output runs/results]
// A method may carry options: no-ds:target=soft. Finished runs are kept and not made again.
#:project ../src/Llkd.Cli/Llkd.Cli.csproj
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false
#:property GenerateDocumentationFile=false
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string[] tasks = [.. Values("--tasks")];
if (tasks.Length == 0) tasks = [.. Directory.GetFiles("bench/tasks", "*.yaml").Order(StringComparer.Ordinal)];
string[] methods = (Value("--methods") ?? "no-ds,random,llkd,llkd-w").Split(',');
int seeds = int.Parse(Value("--seeds") ?? "3");
int jobs = int.Parse(Value("--jobs") ?? "1");
string[] sets = [.. Values("--set")];
string output = Value("--output") ?? "runs/results";
string llkd = Path.Combine(AppContext.BaseDirectory, "Llkd.Cli.dll");

var cells = (from task in tasks from method in methods from seed in Enumerable.Range(1, seeds) select (task, method, seed)).ToArray();
var results = new ConcurrentDictionary<(string, string, int), JsonNode>();
Parallel.ForEach(cells, new ParallelOptions { MaxDegreeOfParallelism = jobs }, cell =>
{
    string folder = Path.Combine(output, Path.GetFileNameWithoutExtension(cell.task), cell.method.Replace(':', '_').Replace('=', '-'), $"seed-{cell.seed}");
    string metrics = Path.Combine(folder, "metrics.json");
    if (!File.Exists(metrics)) Run(cell.task, cell.method, cell.seed, folder);
    results[cell] = JsonNode.Parse(File.ReadAllText(metrics))!;
    if (Directory.Exists(Path.Combine(folder, "checkpoints"))) Directory.Delete(Path.Combine(folder, "checkpoints"), true);
});

foreach ((string title, string key) in new[] { ("Macro F1", "macroF1"), ("Accuracy", "accuracy") })
{
    Console.WriteLine($"**{title}** on the test set, mean ± standard deviation over {seeds} seeds; in brackets the share of samples used.\n");
    Console.WriteLine("| data set | teacher | " + string.Join(" | ", methods) + " |");
    Console.WriteLine("|---" + string.Concat(Enumerable.Repeat("|---", methods.Length + 1)) + "|");
    foreach (string task in tasks) Console.WriteLine(Row(task, key));
    Console.WriteLine();
}

Console.WriteLine($"**Training time** against {methods[0]}, median over pairs of the same seed.\n");
Console.WriteLine("| data set | " + string.Join(" | ", methods.Skip(1)) + " |");
Console.WriteLine("|---" + string.Concat(Enumerable.Repeat("|---", methods.Length - 1)) + "|");
foreach (string task in tasks)
    Console.WriteLine($"| {Path.GetFileNameWithoutExtension(task)} | " + string.Join(" | ", methods.Skip(1).Select(method => $"{TimeRatio(task, method):0.00}")) + " |");

double TimeRatio(string task, string method)
{
    double[] ratios = [.. Enumerable.Range(1, seeds).Select(seed => Seconds(method, seed) / Seconds(methods[0], seed)).Order()];
    return (ratios[(seeds - 1) / 2] + ratios[seeds / 2]) / 2;

    double Seconds(string name, int seed) => results[(task, name, seed)]["time"]!["train"]!.GetValue<double>();
}

string Row(string task, string key)
{
    double teacher = results[(task, methods[0], 1)]["teacher"]?[key]?.GetValue<double>() ?? double.NaN;
    var cells = methods.Select(method =>
    {
        JsonNode[] runs = [.. Enumerable.Range(1, seeds).Select(seed => results[(task, method, seed)])];
        double[] scores = [.. runs.Select(r => r["test"]![key]!.GetValue<double>())];
        double share = runs.Average(r => r["samples"]!["share"]!.GetValue<double>());
        return (Mean: Math.Round(scores.Average(), 3), Text: $"{scores.Average():.000}", Spread: $" ± {Deviation(scores):.000} ({share * 100:0} %)");
    }).ToArray();
    double best = cells.Max(cell => cell.Mean);
    return $"| {Path.GetFileNameWithoutExtension(task)} | {teacher:.000} | "
        + string.Join(" | ", cells.Select(cell => (cell.Mean == best ? $"**{cell.Text}**" : cell.Text) + cell.Spread)) + " |";
}

void Run(string task, string method, int seed, string folder)
{
    string[] parts = method.Split(':');
    var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
    foreach (string argument in new[] { llkd, "run", task, "--output", folder, "--set", $"training.method={parts[0]}", "--set", $"training.seed={seed}" })
        start.ArgumentList.Add(argument);
    foreach (string set in sets.Concat(parts.Skip(1).Select(option => "training.options." + option)))
    {
        start.ArgumentList.Add("--set");
        start.ArgumentList.Add(set);
    }
    using Process process = Process.Start(start)!;
    process.OutputDataReceived += static (_, _) => { };
    process.BeginOutputReadLine();
    string error = process.StandardError.ReadToEnd();
    process.WaitForExit();
    if (process.ExitCode != 0) throw new InvalidOperationException($"{task}, {method}, seed {seed}: {error}");
    Console.Error.WriteLine($"{Path.GetFileNameWithoutExtension(task)} {method} seed {seed} done");
}

static double Deviation(double[] values) =>
    values.Length < 2 ? 0 : Math.Sqrt(values.Sum(v => (v - values.Average()) * (v - values.Average())) / (values.Length - 1));

IEnumerable<string> Values(string name)
{
    for (int i = 0; i < args.Length; i++)
    {
        if (args[i] != name) continue;
        while (i + 1 < args.Length && !args[i + 1].StartsWith("--", StringComparison.Ordinal)) yield return args[++i];
    }
}

string? Value(string name) => Values(name).FirstOrDefault();
