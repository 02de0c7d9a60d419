using System.Globalization;
using Llkd.Runs;

namespace Llkd.Reports.Comparison;

/// <summary>The tables of results: methods down, data sets across.</summary>
internal static class ScoreTables
{
    /// <summary>One line a method over all data sets: rank, quality, share of samples, time.</summary>
    public static Grid Overview(ComparisonView view)
    {
        string relative = view.Everything is { } everything ? $"Training time, × {view.Name(everything)}" : "Training, s";
        var grid = new Grid("All methods over all data sets", "Method", ["Average rank", "Accuracy, %", "Macro F1, %", "Samples used, %", relative]);
        foreach (var method in view.Ranked)
            grid.Rows.Add(Row(method));
        grid.EmboldenBest(keys => keys.Max());
        // Smaller is better for ranks; a share or a time is no merit by itself.
        for (int i = 0; i < grid.Rows.Count; i++)
            grid.Rows[i] = grid.Rows[i] with
            {
                Cells = [.. grid.Rows[i].Cells.Select((cell, column) => column is 0 or > 2
                    ? cell with { Bold = column == 0 && view.Ranking.First.Any(first => view.Name(first) == grid.Rows[i].Head) } : cell)]
            };
        References(view, grid, Row);
        return grid;

        GridRow Row(ComparisonMethod method)
        {
            double rank = view.Ranking.Average(method), share = view.OverDataSets(method, view.Share), time = view.Times(method);
            GridCell[] cells =
            [
                GridCell.Number(Figure.Fixed(rank, 2), rank), Mean(view, grid, method, Metric.Accuracy), Mean(view, grid, method, Metric.MacroF1),
                GridCell.Number(Figure.Fixed(100 * share, 1), share), GridCell.Number(Figure.Fixed(time, view.Everything is null ? 1 : 2), time),
            ];
            return new(view.Name(method), cells) { Highlight = method.Role == ComparisonRole.Own };
        }
    }

    private static GridCell Mean(ComparisonView view, Grid grid, ComparisonMethod method, Metric metric)
    {
        double mean = view.OverDataSets(method, (data, other) => view.Score(data, other, metric));
        var cell = GridCell.Number(Figure.Fixed(100 * mean, 2), mean);
        string[] without = [.. view.DataSets.Where(data => view.Score(data, method, metric).Count == 0 && view.Ranked.Any(other => view.Score(data, other, metric).Count > 0)).Select(data => data.Name)];
        // A mean over fewer data sets cannot be compared with the others; it is shown but cannot win.
        return without.Length == 0 || cell.SortKey is null ? cell
            : cell with { SortKey = null, Marks = [grid.Footnote($"Mean without {string.Join(", ", without)}, where there is no figure; not comparable with the others.")] };
    }

    /// <summary>A metric of every method on every data set, the best in bold, with "Improv." under it.</summary>
    public static Grid Scores(ComparisonView view, Metric metric)
    {
        var grid = new Grid($"{metric.Name} on the test set, %", "Method", [.. view.DataSets.Select(data => data.Name)]);
        foreach (var method in view.Ranked)
            grid.Rows.Add(Row(method));
        grid.EmboldenBest(keys => keys.Max());
        if (view.DataSets.Any(data => view.Improvement(data, metric) is not null))
            grid.Apart.Add(("", [new("Improv.", [.. view.DataSets.Select(data => view.Improvement(data, metric) is { } gain ? GridCell.Number(Figure.Points(gain, 2) + "\u202F%", gain) : GridCell.None)])]));
        References(view, grid, Row);
        return grid;

        GridRow Row(ComparisonMethod method) => new(view.Name(method), [.. view.DataSets.Select(data => Cell(view, grid, data, method, view.Score(data, method, metric)))])
        {
            Highlight = method.Role == ComparisonRole.Own,
        };
    }

    /// <summary>Samples seen by the optimiser and their share of those offered.</summary>
    public static Grid Samples(ComparisonView view)
    {
        var grid = new Grid("Samples seen by the optimiser, and their share of those offered", "Method", [.. view.DataSets.Select(data => data.Name)]);
        foreach (var method in view.Methods)
        {
            GridCell[] cells = [.. view.DataSets.Select(data => Seen(view, data, method))];
            if (cells.Any(cell => cell.SortKey is not null))
                grid.Rows.Add(new(view.Name(method), cells) { Highlight = method.Role == ComparisonRole.Own });
        }
        return grid;
    }

    private static GridCell Seen(ComparisonView view, ComparisonDataSet data, ComparisonMethod method)
    {
        double seen = Comparison.Score.Of(view.Good(data, method).Select(cell => (double?)cell.Seen ?? double.NaN)).Mean;
        double share = view.Share(data, method).Mean;
        return double.IsFinite(share) ? GridCell.Number($"{Figure.Count((long)Math.Round(seen))} ({Figure.Percent(share)})", share) : GridCell.None;
    }

    /// <summary>Median seconds of training, with the median ratio to the method that uses every sample, seed by seed.</summary>
    public static Grid Times(ComparisonView view)
    {
        var grid = new Grid("Seconds of training", "Method", [.. view.DataSets.Select(data => data.Name)]);
        foreach (var method in view.Methods)
        {
            GridCell[] cells = [.. view.DataSets.Select(data => Time(view, data, method))];
            if (cells.Any(cell => cell.SortKey is not null))
                grid.Rows.Add(new(view.Name(method), cells) { Highlight = method.Role == ComparisonRole.Own });
        }
        return grid;
    }

    private static GridCell Time(ComparisonView view, ComparisonDataSet data, ComparisonMethod method)
    {
        double seconds = ComparisonTimes.Median(view.Good(data, method).Where(cell => cell.Seen is not null).Select(cell => cell.Seconds));
        if (!double.IsFinite(seconds))
            return GridCell.None;
        double ratio = view.TimeRatio(data, method);
        return GridCell.Number(double.IsFinite(ratio) ? $"{Figure.Duration(seconds)} ({Figure.Fixed(ratio, 2)} ×)" : Figure.Duration(seconds), seconds);
    }

    /// <summary>Rows of the methods that are not ranked, in a group of their own.</summary>
    private static void References(ComparisonView view, Grid grid, Func<ComparisonMethod, GridRow> row)
    {
        GridRow[] rows = [.. view.Methods.Where(method => method.Role == ComparisonRole.Reference).Select(row)];
        if (rows.Length > 0)
            grid.Apart.Add(("References, not ranked", rows));
    }

    /// <summary>A score with what a reader must know of it: failed seeds, seeds not finished yet.</summary>
    internal static GridCell Cell(ComparisonView view, Grid grid, ComparisonDataSet data, ComparisonMethod method, Score score)
    {
        ComparisonCell[] failed = [.. view.Failed(data, method)];
        int[] marks = [.. failed.GroupBy(cell => cell.Failure!).Select(group => grid.Footnote(Why(view, data, method, [.. group])))];
        if (score.Count == 0)
            return new GridCell(failed.Length == 0 ? "–" : failed.All(Failures.Diverged) ? "diverged" : "failed") { Marks = marks };
        int missing = view.Missing(data, method);
        if (missing > 0)
            marks = [.. marks, grid.Footnote($"Not all {Figure.Count(view.Record.Seeds.Count)} seeds are finished.")];
        return GridCell.Number(score.ToString(), score.Mean) with { Marks = marks };
    }

    private static string Why(ComparisonView view, ComparisonDataSet data, ComparisonMethod method, ComparisonCell[] failed)
    {
        string seeds = string.Join(", ", failed.Select(cell => cell.Seed.ToString(CultureInfo.InvariantCulture)));
        string of = view.Good(data, method).Any() ? "; the figure stands on the others" : "";
        string what = failed.All(Failures.Diverged) ? "diverged" : "failed";
        return $"{view.Name(method)} on {data.Name} {what} with {(failed.Length == 1 ? "seed" : "seeds")} {seeds}{of}: {failed[0].Failure}";
    }
}
