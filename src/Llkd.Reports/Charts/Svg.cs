using System.Globalization;
using System.Text;
using Llkd.Reports.Html;

namespace Llkd.Reports.Charts;

/// <summary>Where a text stands relative to its point.</summary>
internal enum Anchor { Start, Middle, End }

/// <summary>A point of a drawing or of a series.</summary>
internal readonly record struct Point(double X, double Y);

/// <summary>
/// Writes one inline SVG drawing. Colours come from CSS classes only, so that one drawing serves light, dark and print.
/// </summary>
internal sealed class Svg
{
    private readonly StringBuilder body = new();
    private readonly string id;
    private readonly string title;
    private readonly string description;

    /// <param name="width">Width in user units, which are CSS pixels at natural size.</param>
    /// <param name="height">Height in user units.</param>
    /// <param name="id">Unique in the page; names the title and description for screen readers.</param>
    /// <param name="title">Accessible name.</param>
    /// <param name="description">What the drawing shows, in words.</param>
    public Svg(double width, double height, string id, string title, string description)
    {
        Width = width;
        Height = height;
        this.id = id;
        this.title = title;
        this.description = description;
    }

    public double Width { get; }

    public double Height { get; }

    public void Line(double x1, double y1, double x2, double y2, string css) =>
        body.Append($"<line x1=\"{N(x1)}\" y1=\"{N(y1)}\" x2=\"{N(x2)}\" y2=\"{N(y2)}\" class=\"{css}\"/>\n");

    public void Rect(double x, double y, double width, double height, string css, double opacity = 1, string? tip = null)
    {
        string fade = opacity < 1 ? $" fill-opacity=\"{opacity.ToString("0.###", CultureInfo.InvariantCulture)}\"" : "";
        string head = $"<rect x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(Math.Max(0, width))}\" height=\"{N(Math.Max(0, height))}\" class=\"{css}\"{fade}";
        body.Append(head).Append(tip is null ? "/>\n" : $"><title>{Escape.Text(tip)}</title></rect>\n");
    }

    public void Circle(double x, double y, double radius, string css, string? tip = null)
    {
        string head = $"<circle cx=\"{N(x)}\" cy=\"{N(y)}\" r=\"{N(radius)}\" class=\"{css}\"";
        body.Append(head).Append(tip is null ? "/>\n" : $"><title>{Escape.Text(tip)}</title></circle>\n");
    }

    public void Polyline(IEnumerable<Point> points, string css, string? tip = null)
    {
        string head = $"<polyline points=\"{Points(points)}\" class=\"{css}\"";
        body.Append(head).Append(tip is null ? "/>\n" : $"><title>{Escape.Text(tip)}</title></polyline>\n");
    }

    public void Polygon(IEnumerable<Point> points, string css) =>
        body.Append($"<polygon points=\"{Points(points)}\" class=\"{css}\"/>\n");

    /// <summary>A line of text; where it was cut, pass the whole as <paramref name="tip"/>.</summary>
    public void Text(double x, double y, string text, string css, Anchor anchor = Anchor.Start, bool upright = false, string? tip = null)
    {
        string place = anchor switch { Anchor.Middle => " text-anchor=\"middle\"", Anchor.End => " text-anchor=\"end\"", _ => "" };
        string turn = upright ? $" transform=\"rotate(-90 {N(x)} {N(y)})\"" : "";
        string hint = tip is null || tip == text ? "" : $"<title>{Escape.Text(tip)}</title>";
        body.Append($"<text x=\"{N(x)}\" y=\"{N(y)}\" class=\"{css}\"{place}{turn}>{hint}{Escape.Text(text)}</text>\n");
    }

    public Markup Render() => new($"""
        <svg viewBox="0 0 {N(Width)} {N(Height)}" width="{N(Width)}" height="{N(Height)}" role="img" aria-labelledby="{id}-t {id}-d">
        <title id="{id}-t">{Escape.Text(title)}</title><desc id="{id}-d">{Escape.Text(description)}</desc>
        {body}</svg>
        """);

    private static string Points(IEnumerable<Point> points) => string.Join(' ', points.Select(point => $"{N(point.X)},{N(point.Y)}"));

    private static string N(double value)
    {
        // A number that is not one would make the browser drop the element without a word.
        if (!double.IsFinite(value))
            throw new ArgumentOutOfRangeException(nameof(value), value, "A coordinate must be finite.");
        return value.ToString("0.##", CultureInfo.InvariantCulture);
    }
}
