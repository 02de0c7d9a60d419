using System.Globalization;
using System.Text;

namespace Llkd.Reports.Html;

/// <summary>Makes any string safe to stand in HTML and SVG, as content and in a quoted attribute.</summary>
internal static class Escape
{
    /// <summary>Encoded text; a character that XML forbids becomes U+FFFD.</summary>
    public static string Text(string value)
    {
        var builder = new StringBuilder(value.Length + 16);
        // EnumerateRunes turns a lone surrogate into U+FFFD.
        foreach (var rune in value.EnumerateRunes())
            Append(builder, rune);
        return builder.ToString();
    }

    private static void Append(StringBuilder builder, Rune rune)
    {
        switch (rune.Value)
        {
            case '&': builder.Append("&amp;"); break;
            case '<': builder.Append("&lt;"); break;
            case '>': builder.Append("&gt;"); break;
            case '"': builder.Append("&quot;"); break;
            case '\'': builder.Append("&#39;"); break;
            case '\t' or '\n' or '\r': builder.Append(' '); break;
            case < 0x20 or (>= 0x7F and <= 0x9F) or 0xFFFE or 0xFFFF: builder.Append('\uFFFD'); break;
            // Embeddings, overrides and isolates would reorder what stands around them; a reader should see that they are there.
            case (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069):
                builder.Append(CultureInfo.InvariantCulture, $"[U+{rune.Value:X4}]");
                break;
            default: builder.Append(rune.ToString()); break;
        }
    }
}
