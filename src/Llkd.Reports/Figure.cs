using System.Globalization;

namespace Llkd.Reports;

/// <summary>Numbers as they are printed: invariant, thin thousands separators, a true minus, a dash where there is none.</summary>
internal static class Figure
{
    private const string None = "–";
    private const char Thin = '\u202F';

    /// <summary>A share as a percentage, such as "86.1 %".</summary>
    public static string Percent(double share, int digits = 1) =>
        double.IsFinite(share) ? Fixed(100 * share, digits) + Thin + "%" : None;

    /// <summary>A share as a percentage, or a dash.</summary>
    public static string Percent(double? share, int digits = 1) => share is { } value ? Percent(value, digits) : None;

    /// <summary>A signed difference of two shares in percentage points, such as "+14.7".</summary>
    public static string Points(double difference, int digits = 1)
    {
        if (!double.IsFinite(difference))
            return None;
        string text = Fixed(100 * difference, digits);
        bool zero = text.All(c => c is '0' or '.' or '−');
        return zero ? text.TrimStart('−') : difference > 0 ? "+" + text : text;
    }

    /// <summary>A whole number, such as "79 790".</summary>
    public static string Count(long value) => Grouped(value.ToString("#,0", CultureInfo.InvariantCulture));

    /// <summary>A number with a fixed number of decimals.</summary>
    public static string Fixed(double value, int digits)
    {
        if (!double.IsFinite(value))
            return None;
        // Through decimal, so that 0.7325 becomes 73.3 % as by hand, although 100 × 0.7325 lies a hair under 73.25.
        if (Math.Abs(value) < 1e12)
            value = (double)Math.Round((decimal)value, digits, MidpointRounding.AwayFromZero);
        return Grouped(value.ToString("N" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));
    }

    /// <summary>A number for a machine to read back.</summary>
    public static string Exact(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>A time, such as "0.42 s", "12.3 s", "2 min 15 s" or "1 h 4 min".</summary>
    public static string Duration(double seconds)
    {
        if (!double.IsFinite(seconds) || seconds < 0)
            return None;
        if (seconds < 59.95)
            return Fixed(seconds, seconds < 1 ? 2 : 1) + Thin + "s";
        if (seconds >= 1e12)
            return Fixed(seconds / 3600, 0) + Thin + "h";
        long whole = (long)Math.Round(seconds);
        if (whole < 3600)
            return $"{Count(whole / 60)}{Thin}min {Count(whole % 60)}{Thin}s";
        long minutes = (long)Math.Round(seconds / 60);
        return $"{Count(minutes / 60)}{Thin}h {Count(minutes % 60)}{Thin}min";
    }

    /// <summary>A count for an axis, such as "500", "20k" or "1.5M".</summary>
    public static string Short(double value) => Math.Abs(value) switch
    {
        >= 1e9 => Trimmed(value / 1e9) + "G",
        >= 1e6 => Trimmed(value / 1e6) + "M",
        >= 1e4 => Trimmed(value / 1e3) + "k",
        _ => Trimmed(value),
    };

    /// <summary>The text with a capital first letter.</summary>
    public static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];

    private static string Trimmed(double value) => Grouped((value + 0.0).ToString("#,0.##", CultureInfo.InvariantCulture));

    private static string Grouped(string text) => text.Replace(',', Thin).Replace('-', '−');
}
