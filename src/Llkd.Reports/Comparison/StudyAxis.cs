using System.Globalization;

namespace Llkd.Reports.Comparison;

/// <summary>
/// An axis for the values of a study: numbers in order, on a logarithmic scale where they span a factor of eight or
/// more; anything else as evenly spaced categories in the order of the record.
/// </summary>
internal sealed class StudyAxis
{
    private readonly Dictionary<string, double> places;

    public StudyAxis(IEnumerable<string> values)
    {
        string[] distinct = [.. values.Distinct()];
        double[] numbers = [.. distinct.Select(Parse)];
        IsNumeric = distinct.Length > 0 && numbers.All(double.IsFinite);
        IsLogarithmic = IsNumeric && numbers.Min() > 0 && numbers.Max() / numbers.Min() >= 8;
        Values = IsNumeric ? [.. distinct.OrderBy(Parse)] : distinct;
        places = Values.Select((value, i) => (value, At: IsLogarithmic ? Math.Log10(Parse(value)) : IsNumeric ? Parse(value) : i)).ToDictionary(pair => pair.value, pair => pair.At);
    }

    public bool IsNumeric { get; }

    public bool IsLogarithmic { get; }

    /// <summary>The values in the order of the axis.</summary>
    public IReadOnlyList<string> Values { get; }

    public double this[string value] => places[value];

    public IReadOnlyList<(double At, string Text)> Ticks => [.. Values.Select(value => (places[value], IsNumeric && Parse(value) >= 1000 ? Figure.Short(Parse(value)) : value))];

    private static double Parse(string value) => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : double.NaN;
}
