using System.Globalization;
using Llkd.Reports.Html;
using Llkd.Runs;

namespace Llkd.Reports.Sections;

/// <summary>A run as the sections look at it: which set the figures stand on, and names for what is shown.</summary>
internal sealed class ReportView
{
    private int figures;
    private int drawings;

    public ReportView(RunRecord run)
    {
        Run = run;
        OnTest = run.Method.Test is not null;
        Student = run.Method.Test ?? run.Method.Validation;
        Teacher = OnTest ? run.TeacherTest : null;
        BestPoint = run.Method.Curve.LastOrDefault(point => point.Best) ?? run.Method.Curve.MaxBy(Measure);
    }

    public RunRecord Run { get; }

    public MethodRecord Method => Run.Method;

    /// <summary>Whether the figures stand on a gold test set.</summary>
    public bool OnTest { get; }

    /// <summary>The set that <see cref="Student"/> was measured on.</summary>
    public string SetName => OnTest ? "test" : "validation";

    /// <summary>The student's quality on the test set, else on the validation set, else null.</summary>
    public QualityRecord? Student { get; }

    /// <summary>The teacher's quality on the same set as the student's.</summary>
    public QualityRecord? Teacher { get; }

    /// <summary>The evaluation whose weights were kept.</summary>
    public EvaluationPoint? BestPoint { get; }

    /// <summary>Whether the stopping measure is macro F1; agreement with the teacher is an accuracy.</summary>
    public bool StopsOnF1 => Method.StoppingMeasure.Contains("F1", StringComparison.OrdinalIgnoreCase);

    /// <summary>The stopping measure of an evaluation.</summary>
    public double Measure(EvaluationPoint point) => StopsOnF1 ? point.MacroF1 : point.Accuracy;

    /// <summary>Share of the offered samples that the optimiser saw; NaN where none were offered.</summary>
    public static double ShareSeen(MethodRecord method) => method.Offered > 0 ? (double)method.Seen / method.Offered : double.NaN;

    /// <summary>The quality of another method on the set that the figures stand on.</summary>
    public QualityRecord? OnSameSet(MethodRecord method) => OnTest ? method.Test : method.Validation;

    /// <summary>Number of the next figure.</summary>
    public int NextFigure() => ++figures;

    /// <summary>An element id that is unique in the page.</summary>
    public string NextDrawing() => "d" + (++drawings).ToString(CultureInfo.InvariantCulture);

    /// <summary>A label's name, also where the record is short of names.</summary>
    public string Label(int index) => index < Run.Labels.Count
        ? Run.Labels[index]
        : "class " + (index + 1).ToString(CultureInfo.InvariantCulture);

    /// <summary>A figure drawn twice, once for a wide page and print and once for a phone; CSS shows the one that fits.</summary>
    /// <param name="caption">What is to be seen, in words.</param>
    /// <param name="wide">Drawing for a wide page, given its id.</param>
    /// <param name="narrow">Drawing for a phone, about 342 wide.</param>
    /// <param name="half">Whether two stand side by side on a wide page.</param>
    public Markup Draw(Markup caption, Func<string, Markup> wide, Func<string, Markup> narrow, bool half = false) => Markup.Of($"""
        <figure class="{(half ? "half" : "full")}"><div class="wide">{wide(NextDrawing())}</div><div class="narrow">{narrow(NextDrawing())}</div>
        <figcaption><b>Figure {NextFigure()}.</b> {caption}</figcaption></figure>

        """);

    /// <summary>A section with a heading that can be linked to.</summary>
    public static Markup Section(string id, string heading, params Markup[] content) => Markup.Of($"""
        <section id="{id}"><h2>{heading}</h2>
        {Markup.Join(content)}</section>

        """);

    /// <summary>Numbers behind a figure, folded away.</summary>
    public static Markup Details(string summary, Markup content) => Markup.Of($"<details><summary>{summary}</summary>\n{content}</details>\n");
}
