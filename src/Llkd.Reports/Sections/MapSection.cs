using Llkd.Reports.Charts;
using Llkd.Reports.Html;
using Llkd.Runs;

namespace Llkd.Reports.Sections;

/// <summary>The map of teacher confidence and student uncertainty.</summary>
internal static class MapSection
{
    public static Markup Render(ReportView view)
    {
        const string id = "map", heading = "Where the useful texts lie";
        if (view.Method.Map is not { } map || !Drawable(map.ConfidenceEdges) || !Drawable(map.UncertaintyEdges))
            return ReportView.Section(id, heading, Markup.Of($"<p>The method {view.Method.Name} does not score its batches, so teacher confidence and student uncertainty were not recorded together.</p>\n"));
        var last = view.Method.Steps.LastOrDefault(step => step.TeacherThresholds is not null || step.StudentThresholds is not null);
        var chart = new SelectionHeatMap
        {
            Title = "Share used by teacher confidence and student uncertainty",
            Description = Words(map),
            Map = map,
            TeacherThreshold = Mean(last?.TeacherThresholds),
            StudentThreshold = Mean(last?.StudentThresholds),
        };
        string lines = chart.TeacherThreshold is null && chart.StudentThreshold is null ? "" : " Dashed: the mean thresholds at the end of training; earlier ones lay elsewhere.";
        return ReportView.Section(id, heading,
            Markup.Of($"<div class=\"beside\">"),
            view.Draw(Markup.Of($"Every sample offered, by how sure the teacher was and how unsure the student. Numbers: per cent used. Blue: used; grey: left out; paler: fewer samples.{lines}"),
                draw => chart.Render(draw, 580, 540), draw => chart.Render(draw, 342, 400)),
            Markup.Of($"""
                <div class="aside"><p>Upper right is where a small student learns most for its effort: the teacher is sure, so the label is probably right, and the student is not, so there is something to learn.</p>
                <p>Lower right the student already knows the answer. On the left the teacher guesses, and training on guesses teaches mistakes.</p>
                <p>{Words(map)}</p></div></div>

                """));
    }

    private static bool Drawable(IReadOnlyList<double> edges) =>
        edges.Count >= 2 && edges.All(double.IsFinite) && edges.Zip(edges.Skip(1)).All(pair => pair.First < pair.Second);

    private static string Words(SelectionMap map)
    {
        long offered = map.Offered.Sum(row => row.Sum()), selected = map.Selected.Sum(row => row.Sum());
        return $"{Figure.Count(selected)} of {Figure.Count(offered)} samples on this map were used ({Figure.Percent(SelectionSection.Share(selected, offered))}).";
    }

    private static double? Mean(IReadOnlyList<float>? values) =>
        values is { Count: > 0 } && values.All(float.IsFinite) ? values.Average(value => (double)value) : null;
}
