using System.Text;
using Llkd.Documents;
using Llkd.Reports.Html;
using Llkd.Reports.Sections;
using Llkd.Runs;

namespace Llkd.Reports.Comparison;

/// <summary>
/// Writes `comparison.html`: one file that needs no network, in the look of a run's report, in light, dark and print, on
/// a wide screen and on a phone. It is also well-formed XML.
/// </summary>
public static class ComparisonHtml
{
    /// <summary>The page as text.</summary>
    /// <param name="record">What was measured; cells may be missing, names may hold anything.</param>
    /// <returns>A complete HTML document.</returns>
    public static string Render(ComparisonRecord record) => Render(new ComparisonView(record));

    /// <summary>Writes the file; it is complete or is not there.</summary>
    /// <param name="record">What was measured.</param>
    /// <param name="path">Where to; an older file is replaced, a missing folder is made.</param>
    /// <exception cref="RunFailedException">The file cannot be written.</exception>
    public static void Write(ComparisonRecord record, string path) => AtomicFile.Write(path, Encoding.UTF8.GetBytes(Render(record)));

    internal static string Render(ComparisonView view)
    {
        var page = new ComparisonPage(view);
        return HtmlPage.Render(Titles.Of(view), view.Record.ProductVersion, page.Content());
    }
}
