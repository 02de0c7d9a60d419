using System.Globalization;
using System.Text;

namespace Llkd.Reports.Charts;

/// <summary>Estimates text widths without a font, on the wide side, so that labels do not run into each other.</summary>
internal static class TextMeasure
{
    /// <summary>Estimated width in user units.</summary>
    public static double Width(string text, double fontSize)
    {
        double ems = 0;
        foreach (var rune in text.EnumerateRunes())
            ems += Ems(rune);
        return ems * fontSize;
    }

    /// <summary>The text, cut to fit with an ellipsis; never cut inside a grapheme.</summary>
    public static string Fit(string text, double width, double fontSize)
    {
        text = text.ReplaceLineEndings(" ");
        if (Width(text, fontSize) <= width)
            return text;
        var kept = new StringBuilder();
        double used = fontSize;
        var elements = StringInfo.GetTextElementEnumerator(text);
        while (elements.MoveNext())
        {
            string element = elements.GetTextElement();
            used += Width(element, fontSize);
            if (used > width)
                break;
            kept.Append(element);
        }
        return kept.ToString().TrimEnd() + "…";
    }

    private static double Ems(Rune rune) => rune.Value switch
    {
        'i' or 'j' or 'l' or '\'' or '|' or '.' or ',' or ':' or ';' or '!' or 'I' or ' ' or '\u202F' => 0.36,
        'f' or 't' or 'r' or '(' or ')' or '[' or ']' or '-' or '/' or '"' => 0.45,
        'm' or 'w' or 'M' or 'W' or '%' or '@' or '…' or '—' => 1.0,
        '_' => 0.56,
        // Wide in the fonts of many Linux systems.
        '=' or '+' or '<' or '>' or '~' or '#' or '−' or '±' or '×' => 0.86,
        >= 'A' and <= 'Z' => 0.74,
        < 0x80 => 0.65,
        // Marks that sit on the letter before them.
        >= 0x300 and <= 0x36F => 0,
        // The escape of a direction control, "[U+202E]".
        (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069) => 5.2,
        < 0x1100 => 0.72,
        _ => 1.05,
    };
}
