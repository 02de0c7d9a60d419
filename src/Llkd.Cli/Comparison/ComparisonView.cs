using System.Globalization;
using Llkd.Cli.Terminal;
using Llkd.Runs;
using Spectre.Console;

namespace Llkd.Cli.Comparison;

/// <summary>Shows a comparison while it runs.</summary>
internal interface IComparisonView
{
    /// <summary>The work begins.</summary>
    /// <param name="cells">Cells in all.</param>
    void Start(int cells);

    /// <summary>A cell is finished and kept, or was already there. Called from any thread.</summary>
    void Finished(ComparisonCell cell);
}

/// <summary>The figures so far, for a live table: mean macro F1 of each method on each data set.</summary>
internal sealed class ComparisonBoard(IReadOnlyList<string> dataSets, IReadOnlyList<MethodSpec> specs, int seeds, TimeProvider time) : IComparisonView
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string DataSet, string Method), List<ComparisonCell>> _cells = [];
    private readonly long _started = time.GetTimestamp();
    private int _total;
    private int _done;
    private int _failed;
    private string _latest = "";

    /// <summary>Raised after each cell: done, all, a few words.</summary>
    public event Action<int, int, string>? Progress;

    public void Start(int cells) => _total = cells;

    public void Finished(ComparisonCell cell)
    {
        (int Done, int Total, string Status) report;
        lock (_lock)
        {
            if (!_cells.TryGetValue((cell.DataSet, cell.Method), out List<ComparisonCell>? list)) _cells[(cell.DataSet, cell.Method)] = list = [];
            list.Add(cell);
            _done++;
            if (cell.Failure is not null) _failed++;
            _latest = string.Create(CultureInfo.InvariantCulture, $"{cell.DataSet} {cell.Method} seed {cell.Seed}: ")
                + (cell.Failure is null ? string.Create(CultureInfo.InvariantCulture, $"F1 {cell.MacroF1:0.000}") : "failed");
            report = (_done, _total, _latest);
        }
        Progress?.Invoke(report.Done, report.Total, report.Status);
    }

    /// <summary>The table as it stands.</summary>
    public Table Render()
    {
        lock (_lock)
        {
            var table = new Table { Border = TableBorder.Simple, Caption = new TableTitle(Markup.Escape(Caption())) };
            table.AddColumn("macro F1");
            foreach (string dataSet in dataSets) table.AddColumn(new TableColumn(Markup.Escape(dataSet)) { Alignment = Justify.Right });
            foreach (MethodSpec spec in specs)
                table.AddRow([Markup.Escape(spec.Key), .. dataSets.Select(dataSet => Cell(dataSet, spec.Key))]);
            return table;
        }
    }

    private string Cell(string dataSet, string method)
    {
        if (!_cells.TryGetValue((dataSet, method), out List<ComparisonCell>? list)) return "";
        ComparisonCell[] good = [.. list.Where(cell => cell.Failure is null)];
        string value = good.Length == 0 ? "[red]failed[/]" : good.Average(cell => cell.MacroF1).ToString("0.000", CultureInfo.InvariantCulture);
        return list.Count < seeds ? $"{value} [grey]{list.Count}/{seeds}[/]" : value;
    }

    private string Caption()
    {
        double seconds = time.GetElapsedTime(_started).TotalSeconds;
        string left = _done == 0 || _done == _total ? "" : string.Create(
            CultureInfo.InvariantCulture, $", about {TimeSpan.FromSeconds(Math.Ceiling(seconds * (_total - _done) / _done)):h\\:mm\\:ss} left");
        string failed = _failed == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {_failed} failed");
        return string.Create(CultureInfo.InvariantCulture, $"{_done:N0} of {_total:N0} cells{left}{failed}");
    }
}
