using System.Security.Cryptography;
using System.Text;
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
    private static readonly string Style = Resource("report.css");
    private static readonly string Script = Resource("report.js");

    /// <summary>The report as text.</summary>
    /// <param name="run">The run; texts and labels in it may hold anything, they are shown as text.</param>
    /// <returns>A complete HTML document.</returns>
    public static string Render(RunRecord run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var view = new ReportView(run);
        // Only this very script may run and nothing may be fetched, whatever the texts hold.
        string hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Script)));
        var page = Markup.Of($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light dark"/>
            <meta name="generator" content="LLKD for .NET {run.ProductVersion}"/>
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{new Markup(hash)}'"/>
            <title>{run.Task} – distillation report</title>
            <style>{new Markup(Style)}</style>
            </head>
            <body>
            <main>
            {HeadlineSection.Render(view)}{ComparisonSection.Render(view)}{LearningCurveSection.Render(view)}{ThresholdSection.Render(view)}{SelectionSection.Render(view)}{MapSection.Render(view)}{ConfusionSection.Render(view)}{ReliabilitySection.Render(view)}{UnsureSection.Render(view)}{LabellingSection.Render(view)}{SetupSection.Render(view)}</main>
            <script>{new Markup(Script)}</script>
            </body>
            </html>

            """);
        return page.Value;
    }

    /// <summary>Writes the report; the file is complete or is not there.</summary>
    /// <param name="run">The run.</param>
    /// <param name="path">Where to; an older report is replaced, a missing folder is made.</param>
    /// <exception cref="RunFailedException">The file cannot be written.</exception>
    public static void Write(RunRecord run, string path) => AtomicFile.Write(path, Encoding.UTF8.GetBytes(Render(run)));

    private static string Resource(string name)
    {
        using var stream = typeof(HtmlReport).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The assembly lacks its resource {name}.");
        using var reader = new StreamReader(stream);
        // A browser reads line ends as \n, and the script's hash must match what it reads.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
