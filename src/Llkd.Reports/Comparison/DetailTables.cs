using System.Globalization;
using Llkd.Runs;
using Llkd.Statistics;

namespace Llkd.Reports.Comparison;

/// <summary>The tables behind the results: evidence, options chosen, data sets.</summary>
internal static class DetailTables
{
    /// <summary>Paired bootstrap of macro F1 and accuracy against one method.</summary>
    public static Grid Differences(ComparisonView view, ComparisonMethod own, string caption, IReadOnlyList<MethodEvidence> rows)
    {
        string name = view.Name(own);
        var grid = new Grid(caption, $"{name} against", ["Macro F1, points", "95\u202F% interval", $"{name} behind, % of resamples", "Accuracy, points", "95\u202F% interval", $"{name} behind, % of resamples"]);
        foreach (var row in rows)
            grid.Rows.Add(new(view.Name(row.Method), [.. Cells(row.MacroF1), .. Cells(row.Accuracy)]));
        return grid;

        static IEnumerable<GridCell> Cells(PairedDifference difference) =>
        [
            GridCell.Number(Figure.Points(difference.Difference, 2), difference.Difference),
            GridCell.Number($"{Figure.Points(difference.Low, 2)} to {Figure.Points(difference.High, 2)}", difference.Low),
            GridCell.Number(Figure.Fixed(100 * difference.Loses, 1), difference.Loses),
        ];
    }

    /// <summary>Options chosen on the validation set, with the number of seeds that chose them; null where nothing was open.</summary>
    public static Grid? Chosen(ComparisonView view)
    {
        var grid = new Grid("Options chosen on the validation set", "Method", [.. view.DataSets.Select(data => data.Name)]);
        foreach (var method in view.Methods.Where(method => view.DataSets.Any(data => view.Cells(data, method).Any(cell => cell.Chosen is not null))))
            grid.Rows.Add(new(view.Name(method), [.. view.DataSets.Select(data => GridCell.Of(Words(view.Cells(data, method))))]));
        return grid.Rows.Count == 0 ? null : grid;

        static string Words(IReadOnlyList<ComparisonCell> cells)
        {
            var chosen = cells.Where(cell => cell.Chosen is not null).GroupBy(cell => cell.Chosen!).OrderByDescending(group => group.Count()).ToList();
            return chosen.Count == 0 ? "–" : chosen.Count == 1 ? chosen[0].Key
                : string.Join("; ", chosen.Select(group => string.Create(CultureInfo.InvariantCulture, $"{group.Key} ({group.Count()}×)")));
        }
    }

    /// <summary>What the figures stand on.</summary>
    public static Grid DataSets(ComparisonView view)
    {
        var grid = new Grid("Data sets", "Data set", ["Labels", "Pool", "Test", "Teacher", "Teacher right on the pool, %", "Student"]);
        foreach (var data in view.DataSets)
            grid.Rows.Add(new(data.Name,
            [
                GridCell.Number(Figure.Count(data.Labels.Count), data.Labels.Count), GridCell.Number(Figure.Count(data.Pool), data.Pool), GridCell.Number(Figure.Count(data.Test), data.Test),
                GridCell.Of(data.Teacher), data.TeacherPoolAccuracy is { } right ? GridCell.Number(Figure.Fixed(100 * right, 1), right) : GridCell.None, GridCell.Of(data.Student),
            ]));
        return grid;
    }

    /// <summary>What cells say of themselves, each sentence once with where it holds.</summary>
    public static IReadOnlyList<string> Notes(ComparisonView view) =>
    [
        .. view.DataSets.SelectMany(data => view.Methods.SelectMany(method => view.Cells(data, method)
                .SelectMany(cell => cell.Notes.Select(note => (Note: note, Method: view.Name(method), Data: data.Name)))))
            .Distinct().GroupBy(entry => (entry.Method, entry.Note))
            .Select(group => $"{group.Key.Method} on {string.Join(", ", group.Select(entry => entry.Data))}: {group.Key.Note}"),
    ];
}
