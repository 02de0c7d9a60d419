using System.Globalization;
using Llkd.Reports.Html;

namespace Llkd.Reports.Comparison;

/// <summary>Numbers the figures and drawings of a page.</summary>
internal sealed class FigureNumbers
{
    private int figures;
    private int drawings;

    /// <summary>A figure drawn twice, once for a wide page and print and once for a phone; CSS shows the one that fits.</summary>
    /// <param name="caption">What is to be seen, in words.</param>
    /// <param name="draw">Makes the drawing, given its id and its width.</param>
    /// <param name="width">Width on a wide page.</param>
    public Markup Draw(string caption, Func<string, double, Markup> draw, double width) => Markup.Of($"""
        <figure class="full"><div class="wide">{draw(NextDrawing(), width)}</div><div class="narrow">{draw(NextDrawing(), Narrow)}</div>
        <figcaption><b>Figure {++figures}.</b> {caption}</figcaption></figure>

        """);

    /// <summary>Room for a drawing on a phone.</summary>
    public const double Narrow = 342;

    private string NextDrawing() => "d" + (++drawings).ToString(CultureInfo.InvariantCulture);
}
