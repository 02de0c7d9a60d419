using System.Text;
using Llkd.Documents;
using Llkd.Reports.Html;
using Llkd.Reports.Sections;
using Llkd.Runs;

namespace Llkd.Reports;

/// <summary>
/// The report of one run: a single HTML file that needs no network, no fonts and no script to be read, in light, dark
/// and print, on a wide screen and on a phone. It is also well-formed XML.
/// </summary>
public static class HtmlReport
{
    /// <summary>The report as text.</summary>
    /// <param name="run">The run; texts and labels in it may hold anything, they are shown as text.</param>
    /// <returns>A complete HTML document.</returns>
    public static string Render(RunRecord run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var view = new ReportView(run);
        return HtmlPage.Render($"{run.Task} – distillation report", run.ProductVersion, Markup.Join(
        [
            HeadlineSection.Render(view), ComparisonSection.Render(view), LearningCurveSection.Render(view), ThresholdSection.Render(view), SelectionSection.Render(view),
            MapSection.Render(view), ConfusionSection.Render(view), ReliabilitySection.Render(view), UnsureSection.Render(view),
            LabellingSection.Render(view), SetupSection.Render(view),
        ]));
    }

    /// <summary>Writes the report; the file is complete or is not there.</summary>
    /// <param name="run">The run.</param>
    /// <param name="path">Where to; an older report is replaced, a missing folder is made.</param>
    /// <exception cref="RunFailedException">The file cannot be written.</exception>
    public static void Write(RunRecord run, string path) => AtomicFile.Write(path, Encoding.UTF8.GetBytes(Render(run)));
}
