using System.Globalization;
using Llkd.Runs;

namespace Llkd.Cli.Terminal;

/// <summary>The small table at the end of a comparison: a row a method, means over data sets and seeds.</summary>
internal static class ComparisonTable
{
    private static readonly string[] Header = ["", "accuracy", "macro F1", "samples used", "cells"];

    public static void Write(ComparisonRecord record, TextWriter output)
    {
        var rows = new List<string[]> { Header };
        foreach (ComparisonMethod method in record.Methods)
        {
            ComparisonCell[] cells = [.. record.Cells.Where(cell => cell.Method == method.Key)];
            ComparisonCell[] good = [.. cells.Where(cell => cell.Failure is null)];
            double[] shares = [.. good.Select(cell => cell.Share).OfType<double>()];
            rows.Add(
            [
                method.Key, Mean(good.Select(cell => cell.Accuracy)), Mean(good.Select(cell => cell.MacroF1)),
                shares.Length == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{100 * shares.Average():0}%"),
                good.Length == cells.Length ? cells.Length.ToString(CultureInfo.InvariantCulture)
                    : string.Create(CultureInfo.InvariantCulture, $"{good.Length} of {cells.Length}"),
            ]);
        }
        TextTable.Write(rows, output);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Means over {record.DataSets.Count} data set{(record.DataSets.Count == 1 ? "" : "s")} and {record.Seeds.Count} seed{(record.Seeds.Count == 1 ? "" : "s")}."));
    }

    private static string Mean(IEnumerable<double> values) =>
        values.DefaultIfEmpty(double.NaN).Average() is var mean && double.IsFinite(mean) ? mean.ToString("0.000", CultureInfo.InvariantCulture) : "–";
}
