using System.Globalization;
using Llkd.Runs;
using Llkd.Selection;

namespace Llkd.Cli.Terminal;

/// <summary>The small table at the end of a run: teacher, baselines, the run's own method.</summary>
internal static class ResultTable
{
    private static readonly string[] Header = ["", "accuracy", "macro F1", "samples used", "seconds"];

    public static void Write(RunRecord run, TextWriter output)
    {
        var rows = new List<string[]> { Header };
        if (run.TeacherTest is { } teacher)
            rows.Add([$"teacher ({run.Teacher})", Share(teacher.Accuracy), Share(teacher.MacroF1), "", Seconds(run.Labelling.Seconds)]);
        foreach (MethodRecord method in run.Baselines.Append(run.Method))
        {
            QualityRecord? quality = method.Test ?? method.Validation;
            rows.Add([Published(method.Name), Share(quality?.Accuracy), Share(quality?.MacroF1), Samples(method), Seconds(method.TrainSeconds)]);
        }
        TextTable.Write(rows, output);
        output.WriteLine(Remark(run));
    }

    private static string Remark(RunRecord run) => run.Method.Test is not null
        ? string.Create(CultureInfo.InvariantCulture, $"Measured on {run.Data.Test:N0} test texts.")
        : run.Method.Validation is not null
            ? "Measured on the validation set, on which the weights were chosen: set data.test for an unbiased figure."
            : "There is no test set with gold labels (data.test), so nothing was measured.";

    private static string Published(string name) =>
        SelectionMethods.All.FirstOrDefault(method => method.Name == name)?.Published ?? name;

    private static string Share(double? value) => value is { } v ? v.ToString("0.000", CultureInfo.InvariantCulture) : "–";

    private static string Samples(MethodRecord method) => string.Create(
        CultureInfo.InvariantCulture, $"{method.Seen:N0} ({(double)method.Seen / Math.Max(1, method.Offered):P0})").Replace(" %", "%", StringComparison.Ordinal);

    private static string Seconds(double seconds) => seconds.ToString("0.0", CultureInfo.InvariantCulture);
}
