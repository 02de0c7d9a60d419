using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace Llkd.Reports.Tests;

/// <summary>A rendered report, read as XML.</summary>
internal static class Page
{
    public static XElement Parse(string html)
    {
        using var reader = XmlReader.Create(new StringReader(html), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        return XDocument.Load(reader, LoadOptions.PreserveWhitespace).Root!;
    }

    public static string TextOf(XElement page, string section) =>
        page.Descendants("section").Single(element => (string?)element.Attribute("id") == section).Value;

    /// <summary>What is wrong with the drawings: numbers that are none, and points outside the view box.</summary>
    public static IEnumerable<string> DrawingFaults(XElement page)
    {
        foreach (var svg in page.Descendants("svg"))
        {
            double[] box = Numbers((string)svg.Attribute("viewBox")!);
            foreach (var element in svg.Descendants().Where(element => element.Name.LocalName is "rect" or "line" or "circle" or "polyline" or "polygon" or "text"))
                foreach (var (x, y) in PointsOf(element))
                    if (!(x >= box[0] - 0.01 && x <= box[2] + 0.01 && y >= box[1] - 0.01 && y <= box[3] + 0.01))
                        yield return $"{element.Name} at {x} {y} in {svg.Attribute("viewBox")} of {svg.Element("title")?.Value}";
            foreach (var attribute in svg.DescendantsAndSelf().Attributes().Where(a => a.Value.Contains("NaN", StringComparison.Ordinal) || a.Value.Contains("Infinity", StringComparison.Ordinal) || a.Value.Contains('∞', StringComparison.Ordinal)))
                yield return attribute.ToString();
        }
    }

    private static IEnumerable<(double X, double Y)> PointsOf(XElement element)
    {
        double Number(string name) => double.Parse((string)element.Attribute(name)!, NumberStyles.Float, CultureInfo.InvariantCulture);
        switch (element.Name.LocalName)
        {
            case "rect":
                yield return (Number("x"), Number("y"));
                yield return (Number("x") + Number("width"), Number("y") + Number("height"));
                break;
            case "line":
                yield return (Number("x1"), Number("y1"));
                yield return (Number("x2"), Number("y2"));
                break;
            case "circle":
                yield return (Number("cx") - Number("r"), Number("cy") - Number("r"));
                yield return (Number("cx") + Number("r"), Number("cy") + Number("r"));
                break;
            case "text":
                yield return (Number("x"), Number("y"));
                break;
            default:
                double[] numbers = Numbers((string)element.Attribute("points")!);
                for (int i = 0; i + 1 < numbers.Length; i += 2)
                    yield return (numbers[i], numbers[i + 1]);
                break;
        }
    }

    private static double[] Numbers(string text) =>
        [.. text.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries).Select(part => double.Parse(part, NumberStyles.Float, CultureInfo.InvariantCulture))];
}
