using System.Text;
using Llkd.Documents;
using Llkd.Runs;

namespace Llkd.Reports.Comparison;

/// <summary>Writes all three forms of a comparison with one look at the figures.</summary>
public static class ComparisonReport
{
    /// <summary>Writes `comparison.json`, `comparison.md` and `comparison.html`, each complete or not there.</summary>
    /// <param name="record">What was measured; cells may be missing.</param>
    /// <param name="folder">Where to; older files are replaced, a missing folder is made.</param>
    /// <exception cref="RunFailedException">A file cannot be written.</exception>
    public static void Write(ComparisonRecord record, string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var view = new ComparisonView(record);
        ComparisonJson.Write(record, Path.Combine(folder, "comparison.json"));
        AtomicFile.Write(Path.Combine(folder, "comparison.md"), Encoding.UTF8.GetBytes(ComparisonMarkdown.Render(view)));
        AtomicFile.Write(Path.Combine(folder, "comparison.html"), Encoding.UTF8.GetBytes(ComparisonHtml.Render(view)));
    }
}
