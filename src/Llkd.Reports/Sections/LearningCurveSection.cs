using System.Globalization;
using Llkd.Reports.Charts;
using Llkd.Reports.Html;
using Llkd.Runs;

namespace Llkd.Reports.Sections;

/// <summary>The stopping measure over samples seen and over epochs, with baselines as other lines.</summary>
internal static class LearningCurveSection
{
    private const int MostNamed = 7;

    public static Markup Render(ReportView view)
    {
        if (view.Method.Curve.Count == 0)
            return ReportView.Section("learning", "Learning curve", Markup.Of($"<p>No evaluation was made during training, so there is no curve to draw.</p>\n"));
        string found = view.BestPoint is { } best
            ? $"Kept weights: step {Figure.Count(best.Step)}, {Figure.Percent(view.Measure(best))} in {view.Method.StoppingMeasure} after {Figure.Count(best.Seen)} samples ({Figure.Fixed(best.Epoch, 1)} epochs)."
            : "";
        return ReportView.Section("learning", "Learning curve",
            Markup.Of($"<p>{found}</p>\n<div class=\"pair\">"),
            Chart(view, "samples the optimiser saw", point => point.Seen, Figure.Short,
                $"{Figure.Capital(view.Method.StoppingMeasure)} over samples used: further left is cheaper. The ring marks the weights that were kept."),
            Chart(view, "epochs", point => point.Epoch, value => value.ToString("0.##", CultureInfo.InvariantCulture),
                "The same over epochs, where every method has been offered the same texts."),
            Markup.Of($"</div>\n"),
            ReportView.Details("Numbers of this method’s curve", Numbers(view)));
    }

    private static Markup Chart(ReportView view, string xTitle, Func<EvaluationPoint, double> x, Func<double, string> xFormat, string caption)
    {
        Series Line(MethodRecord method, string css, bool thick, bool labelled) => new(method.Name,
            [.. method.Curve.Select(point => new Point(x(point), view.Measure(point)))], css, thick, labelled);

        // Many lines cannot all be named: the best by their own peak are, the others stay as grey context.
        var named = view.Run.Baselines.Where(method => method.Curve.Count > 0)
            .OrderByDescending(method => method.Curve.Max(view.Measure)).Take(MostNamed).ToList();
        var lines = view.Run.Baselines.Select(method =>
            named.IndexOf(method) is >= 0 and int rank ? Line(method, "c" + (rank + 2).ToString(CultureInfo.InvariantCulture), false, true) : Line(method, "c0", false, false)).ToList();
        lines.Add(Line(view.Method, "c1", true, true));
        var chart = new LineChart
        {
            Title = $"{Figure.Capital(view.Method.StoppingMeasure)} over {xTitle}",
            Description = view.BestPoint is { } kept
                ? $"Lines for {lines.Count.ToString(CultureInfo.InvariantCulture)} methods. {view.Method.Name} is best with {Figure.Percent(view.Measure(kept))} at {xFormat(x(kept))} {xTitle}."
                : "Lines for each method.",
            XTitle = xTitle,
            YTitle = view.Method.StoppingMeasure,
            Lines = lines,
            Mark = view.BestPoint is { } best ? (new Point(x(best), view.Measure(best)), "best " + Figure.Percent(view.Measure(best))) : null,
            XFormat = xFormat,
            YFormat = value => (100 * value).ToString("0.##", CultureInfo.InvariantCulture) + "\u202F%",
        };
        bool more = view.Run.Baselines.Count > MostNamed;
        return view.Draw(Markup.Of($"{caption}{(more ? $" The {MostNamed} best baselines are named; the others are grey." : "")}"),
            id => chart.Render(id, 456, 330), id => chart.Render(id, 342, 290), half: true);
    }

    private static Markup Numbers(ReportView view)
    {
        var table = new Table("Evaluations during training", "Step", "Epoch", "Samples seen", "Accuracy", "Macro F1", "Training loss", "Best so far") { Sortable = true };
        foreach (var point in view.Method.Curve)
            table.Add([
                Cell.Number(point.Step), Cell.Number(Figure.Fixed(point.Epoch, 2), point.Epoch), Cell.Number(point.Seen),
                Cell.Number(Figure.Percent(point.Accuracy, 2), point.Accuracy), Cell.Number(Figure.Percent(point.MacroF1, 2), point.MacroF1),
                Cell.Number(Figure.Fixed(point.TrainLoss, 4), point.TrainLoss), Cell.Of(point.Best ? "yes" : ""),
            ], highlight: point == view.BestPoint);
        return table.Render();
    }
}
