using Llkd.Reports.Html;
using Llkd.Runs;

namespace Llkd.Reports.Sections;

/// <summary>The result in one sentence and six figures.</summary>
internal static class HeadlineSection
{
    public static Markup Render(ReportView view)
    {
        var run = view.Run;
        return Markup.Of($"""
            <header>
            <p class="kicker">Distillation report</p>
            <h1><bdi>{run.Task}</bdi></h1>
            <p class="byline">Method <b>{run.Method.Name}</b> · teacher: {run.Teacher} · student: {run.Student} · {run.Finished.ToString("d MMMM yyyy, HH:mm", System.Globalization.CultureInfo.InvariantCulture)}</p>
            <p class="lead">{Sentence(view)}</p>
            {Note(view)}
            <dl class="figures">
            {Markup.Join(Figures(view))}</dl>
            </header>

            """);
    }

    /// <summary>The one plain sentence.</summary>
    internal static string Sentence(ReportView view)
    {
        if (view.Student is not { } student || !double.IsFinite(student.Accuracy))
            return WithoutGold(view);
        string own = Figure.Percent(student.Accuracy);
        string set = view.SetName + " texts";
        if (view.Teacher is not { } teacher || !double.IsFinite(teacher.Accuracy))
            return $"The student labels {own} of the {set} correctly.";
        string other = Figure.Percent(teacher.Accuracy) + (teacher.Coverage < 0.9995 ? $" of the {Figure.Percent(teacher.Coverage)} it answered" : "");
        if (own == Figure.Percent(teacher.Accuracy))
            return $"The student labels {own} of the {set} correctly, as does the teacher it learned from{(teacher.Coverage < 0.9995 ? $", on the {Figure.Percent(teacher.Coverage)} that the teacher answered" : "")}.";
        return student.Accuracy > teacher.Accuracy
            ? $"The student labels {own} of the {set} correctly; the teacher it learned from{(teacher.Coverage < 0.9995 ? " is right on" : ",")} {other}."
            : $"The student falls short of its teacher: it labels {own} of the {set} correctly, the teacher {(teacher.Coverage < 0.9995 ? "is right on " : "")}{other}.";
    }

    private static string WithoutGold(ReportView view)
    {
        if (view.BestPoint is not { } best || !double.IsFinite(view.Measure(best)))
            return "The student is trained, but there was nothing to measure it on.";
        string value = Figure.Percent(view.Measure(best));
        return view.StopsOnF1
            ? $"The student reaches {value} in {view.Method.StoppingMeasure}."
            : $"The student gives the teacher’s answer on {value} of the texts held out to watch the training.";
    }

    private static Markup Note(ReportView view)
    {
        var notes = new List<string>();
        if (view.Student is null)
            notes.Add("There is no gold test set, so nobody can say how often the student is right: agreement with the teacher says how well it copied, mistakes included. A few hundred gold test texts would answer the question.");
        else if (!view.OnTest)
            notes.Add("There is no gold test set. The figures stand on the validation set, which also chose the weights that were kept, so they flatter a little.");
        if (view.Student is { } student && view.Teacher is { } teacher && WithinChance(student, teacher))
            notes.Add($"The difference is within what chance alone could make on {Figure.Count(student.Count)} texts.");
        if (view.Teacher is { Coverage: < 0.9995 } partly)
            notes.Add($"The teacher left {Figure.Percent(1 - partly.Coverage)} of the {view.SetName} texts without an answer, so the two accuracies do not stand on quite the same texts.");
        if (view.Teacher is null && view.Run.TeacherPool is { } pool)
            notes.Add($"On the pool, where gold labels exist, {Figure.Percent(pool.Accuracy)} of the teacher’s labels are right (macro F1 {Figure.Percent(pool.MacroF1)}); that is another set of texts.");
        else if (view.Teacher is null && view.Student is not null)
            notes.Add($"The teacher was not measured on the {view.SetName} set.");
        return Markup.Join(notes.Select(note => Markup.Of($"<p class=\"note\">{note}</p>\n")));
    }

    /// <summary>Whether two shares differ by less than 1.96 standard errors, taken as independent (which overstates the error of paired answers).</summary>
    internal static bool WithinChance(QualityRecord one, QualityRecord other)
    {
        if (one.Count <= 0 || other.Count <= 0)
            return false;
        double variance = one.Accuracy * (1 - one.Accuracy) / one.Count + other.Accuracy * (1 - other.Accuracy) / other.Count;
        return Math.Abs(one.Accuracy - other.Accuracy) < 1.96 * Math.Sqrt(variance);
    }

    private static IEnumerable<Markup> Figures(ReportView view)
    {
        var run = view.Run;
        if (view.Student is { } student)
            yield return Big("student", $"Student, {view.SetName} accuracy", Figure.Percent(student.Accuracy), $"macro F1 {Figure.Percent(student.MacroF1)}, {Figure.Count(student.Count)} texts");
        else if (view.BestPoint is { } best)
            yield return Big("student", Figure.Capital(run.Method.StoppingMeasure), Figure.Percent(view.Measure(best)), "no gold test set");
        else
            yield return Big("student", "Student", "–", "not measured");

        var teacher = view.Teacher ?? run.TeacherPool;
        string teacherSet = view.Teacher is not null ? view.SetName : "pool";
        yield return teacher is null
            ? Big("teacher", "Teacher accuracy", "–", "no gold labels to measure it on")
            : Big("teacher", $"Teacher, {teacherSet} accuracy", Figure.Percent(teacher.Accuracy), $"macro F1 {Figure.Percent(teacher.MacroF1)}, {Figure.Percent(teacher.Coverage)} answered");

        yield return view.Student is { } a && view.Teacher is { } b
            ? Big("", "Student over teacher", Figure.Points(a.Accuracy - b.Accuracy), $"points of accuracy; {Figure.Points(a.MacroF1 - b.MacroF1)} points of macro F1")
            : Big("", "Student over teacher", "–", "not measured on one set");

        yield return Big("", "Samples used", Figure.Percent(ReportView.ShareSeen(run.Method)), $"{Figure.Count(run.Method.Seen)} of {Figure.Count(run.Method.Offered)} offered");
        yield return Big("", "Training time", Figure.Duration(run.Method.TrainSeconds), $"{Figure.Count(run.Method.Epochs)} {(run.Method.Epochs == 1 ? "epoch" : "epochs")}, evaluation {Figure.Duration(run.Method.EvaluateSeconds)}");
        long tokens = run.Labelling.PromptTokens + run.Labelling.CompletionTokens;
        yield return Big("", "Labelling calls", Figure.Count(run.Labelling.Calls), $"{(tokens > 0 ? Figure.Count(tokens) + " tokens" : "no tokens")}, {Figure.Duration(run.Labelling.Seconds)}");
    }

    private static Markup Big(string css, string name, string value, string detail) =>
        Markup.Of($"<div class=\"{css}\"><dt>{name}</dt><dd class=\"big\">{value}</dd><dd>{detail}</dd></div>\n");
}
