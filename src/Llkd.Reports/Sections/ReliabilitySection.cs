using System.Globalization;
using Llkd.Reports.Charts;
using Llkd.Reports.Html;
using Llkd.Runs;

namespace Llkd.Reports.Sections;

/// <summary>Whether stated confidence can be believed.</summary>
internal static class ReliabilitySection
{
    public static Markup Render(ReportView view)
    {
        var curves = Curves(view).Where(curve => curve.Bins.Any(bin => bin.Count > 0)).ToList();
        if (curves.Count == 0)
            return ReportView.Section("reliability", "Can the confidence be believed?", Markup.Of($"<p>Without gold labels there is no way to tell.</p>\n"));
        var chart = new ReliabilityChart
        {
            Title = "Reliability: share right over stated confidence",
            Description = string.Join(" ", curves.Select(curve => $"{curve.Name}: expected calibration error {Figure.Percent(curve.Ece)}.")),
            Curves = curves,
        };
        return ReportView.Section("reliability", "Can the confidence be believed?",
            Markup.Of($"<div class=\"beside\">"),
            view.Draw(Markup.Of($"Share of right answers against the confidence they were given with, in bins; bars below count the answers in each bin."),
                id => chart.Render(id, 540), id => chart.Render(id, 342)),
            Markup.Of($"""
                <div class="aside"><p>On the dashed line, stated confidence is true: of the answers given with 80{"\u202F"}% confidence, 80{"\u202F"}% are right. Below it a classifier is too sure of itself, above it too modest.</p>
                {Markup.Join(curves.Select(Sentence))}
                <p>The teacher’s confidence is what the selection goes by, so a teacher whose line does not rise gives it little to hold on to.</p></div></div>

                """),
            ReportView.Details("Numbers of the reliability curve", Numbers(curves)));
    }

    private static IEnumerable<ReliabilityCurve> Curves(ReportView view)
    {
        if (view.Student is { } student)
            yield return new($"student, {view.SetName} set", student.Ece, student.Reliability, "student");
        if (view.Teacher is { } teacher)
            yield return new($"teacher, {view.SetName} set", teacher.Ece, teacher.Reliability, "teacher");
        else if (view.Run.TeacherPool is { } pool)
            yield return new("teacher, pool", pool.Ece, pool.Reliability, "teacher");
    }

    private static Markup Sentence(ReliabilityCurve curve) => Markup.Of(
        $"<p>{Figure.Capital(curve.Name)}: expected calibration error <b>{Figure.Percent(curve.Ece)}</b>.</p>\n");

    private static Markup Numbers(List<ReliabilityCurve> curves)
    {
        var table = new Table("Reliability bins", "Classifier", "Confidence", "Answers", "Mean confidence", "Right");
        foreach (var curve in curves)
            foreach (var bin in curve.Bins)
                table.Add([Cell.Of(curve.Name), Cell.Number(string.Create(CultureInfo.InvariantCulture, $"{bin.Lower:0.000}–{bin.Upper:0.000}"), bin.Lower), Cell.Number(bin.Count),
                    bin.Count > 0 ? Cell.Number(Figure.Percent(bin.Confidence, 2), bin.Confidence) : Cell.None,
                    bin.Count > 0 ? Cell.Number(Figure.Percent(bin.Accuracy, 2), bin.Accuracy) : Cell.None]);
        return table.Render();
    }
}
