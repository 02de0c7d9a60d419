using System.Globalization;
using Llkd.Reports.Charts;
using Llkd.Reports.Html;
using Llkd.Runs;

namespace Llkd.Reports.Sections;

/// <summary>Both adaptive thresholds over time, a line a class, or mean, range and extremes where there are many.</summary>
internal static class ThresholdSection
{
    private const int MostLines = 8;
    private const int Extremes = 5;

    public static Markup Render(ReportView view)
    {
        var teacher = History(view, step => step.TeacherThresholds);
        var student = History(view, step => step.StudentThresholds);
        if (teacher is null && student is null)
            return ReportView.Section("thresholds", "Thresholds", Markup.Of($"<p>The method {view.Method.Name} selects without adaptive thresholds, so there is nothing to draw here.</p>\n"));
        return ReportView.Section("thresholds", "Thresholds",
            Markup.Of($"<p>A text is used for training where the teacher’s confidence reaches the first threshold and the student’s uncertainty the second. Both follow the training, for each class by itself.</p>\n<div class=\"pair\">"),
            Chart(view, teacher, "Teacher confidence threshold", "The teacher must be at least this sure of its label."),
            Chart(view, student, "Student uncertainty threshold", "The student must be at least this undecided; it sinks as the student learns."),
            Markup.Of($"</div>\n"),
            Missing(teacher, student),
            ReportView.Details("Thresholds of each class at the end", Numbers(view, teacher, student)));
    }

    private sealed record Track(IReadOnlyList<long> Steps, IReadOnlyList<IReadOnlyList<float>> Values)
    {
        public int Classes { get; } = Values.Min(values => values.Count);
    }

    private static Track? History(ReportView view, Func<StepPoint, IReadOnlyList<float>?> of)
    {
        var points = view.Method.Steps.Where(step => of(step) is { Count: > 0 }).ToList();
        return points.Count == 0 ? null : new Track([.. points.Select(step => step.Step)], [.. points.Select(step => of(step)!)]);
    }

    private static Markup Missing(Track? teacher, Track? student) =>
        teacher is null ? Markup.Of($"<p class=\"small\">This method has no threshold on the teacher’s confidence.</p>\n")
        : student is null ? Markup.Of($"<p class=\"small\">This method has no threshold on the student’s uncertainty.</p>\n")
        : Markup.Empty;

    private static Markup Chart(ReportView view, Track? track, string title, string words)
    {
        if (track is null)
            return Markup.Empty;
        bool few = track.Classes <= MostLines;
        double mean = Mean(track.Values[^1], track.Classes);
        var chart = new LineChart
        {
            Title = title + " over training steps",
            Description = $"{(few ? "One line a class." : $"Mean, range and the {Extremes} classes furthest from the mean.")} The mean over classes ends at {Figure.Fixed(mean, 3)}.",
            XTitle = "training step",
            YTitle = char.ToLowerInvariant(title[0]) + title[1..],
            Lines = few ? Every(view, track) : Outliers(view, track),
            Shade = few ? null : Range(track),
            YFormat = value => value.ToString("0.##", CultureInfo.InvariantCulture),
        };
        string how = few ? "" : $" Thick line: mean of the {track.Classes} classes; band: lowest to highest; thin lines: the {Extremes} classes that end furthest from the mean.";
        return view.Draw(Markup.Of($"{title}. {words}{how}"), id => chart.Render(id, 456, 330), id => chart.Render(id, 342, 290), half: true);
    }

    private static List<Series> Every(ReportView view, Track track) =>
        [.. Enumerable.Range(0, track.Classes).Select(k => Line(track, view.Label(k), k, k + 1))];

    private static List<Series> Outliers(ReportView view, Track track)
    {
        double mean = Mean(track.Values[^1], track.Classes);
        var lines = Enumerable.Range(0, track.Classes)
            .OrderByDescending(k => float.IsFinite(track.Values[^1][k]) ? Math.Abs(track.Values[^1][k] - mean) : -1)
            .Take(Extremes).Select((k, rank) => Line(track, view.Label(k), k, rank + 2)).ToList();
        lines.Add(new("mean", [.. track.Steps.Select((step, i) => new Point(step, Mean(track.Values[i], track.Classes)))], "c1", Thick: true));
        return lines;
    }

    private static Series Line(Track track, string name, int k, int colour) => new(name,
        [.. track.Steps.Select((step, i) => new Point(step, track.Values[i][k]))], "c" + colour.ToString(CultureInfo.InvariantCulture));

    private static Band? Range(Track track)
    {
        var rows = track.Steps.Select((step, i) => (Step: (double)step, Values: track.Values[i].Where(float.IsFinite).ToList()))
            .Where(row => row.Values.Count > 0).ToList();
        return rows.Count == 0 ? null : new Band([.. rows.Select(row => row.Step)],
            [.. rows.Select(row => (double)row.Values.Min())], [.. rows.Select(row => (double)row.Values.Max())]);
    }

    private static double Mean(IReadOnlyList<float> values, int classes) =>
        values.Take(classes).Where(float.IsFinite).Select(value => (double)value).DefaultIfEmpty(double.NaN).Average();

    private static Markup Numbers(ReportView view, Track? teacher, Track? student)
    {
        var table = new Table("Thresholds after the last recorded step", "Class", "Teacher confidence", "Student uncertainty") { Sortable = true };
        for (int k = 0; k < Math.Max(teacher?.Classes ?? 0, student?.Classes ?? 0); k++)
            table.Add([Cell.Of(view.Label(k)), Last(teacher, k), Last(student, k)]);
        return table.Render();
    }

    private static Cell Last(Track? track, int k) =>
        track is null || k >= track.Classes ? Cell.None : Cell.Number(Figure.Fixed(track.Values[^1][k], 4), track.Values[^1][k]);
}
