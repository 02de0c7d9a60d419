using System.Text;

namespace Llkd.Tokenizers.Unicode;

/// <summary>Unicode's normalisation form C (UAX #15): taken apart, then every base joined with the marks that follow it.</summary>
internal static class CanonicalComposition
{
    private const int HangulFirst = 0xAC00, HangulLast = 0xD7A3, Leading = 0x1100, Vowel = 0x1161, Trailing = 0x11A7;
    private const int Leadings = 19, Vowels = 21, Trailings = 28;

    /// <summary>
    /// Characters that are never made, though they can be taken apart: first and last of each range of Unicode's
    /// CompositionExclusions.txt. Those that begin with a mark, or are another character alone, are left out by rule.
    /// </summary>
    private static readonly (int First, int Last)[] Excluded =
    [
        (0x0958, 0x095F), (0x09DC, 0x09DF), (0x0A33, 0x0A36), (0x0A59, 0x0A5E), (0x0B5C, 0x0B5D), (0x0F43, 0x0F43), (0x0F4D, 0x0F4D),
        (0x0F52, 0x0F52), (0x0F57, 0x0F57), (0x0F5C, 0x0F5C), (0x0F69, 0x0F69), (0x0F76, 0x0F78), (0x0F93, 0x0F93), (0x0F9D, 0x0F9D),
        (0x0FA2, 0x0FA2), (0x0FA7, 0x0FA7), (0x0FAC, 0x0FAC), (0x0FB9, 0x0FB9), (0x2ADC, 0x2ADC), (0xFB1D, 0xFB4E), (0x1D15E, 0x1D164), (0x1D1BB, 0x1D1C0),
    ];

    private static readonly Dictionary<(int, int), int> Pairs = FindPairs();

    /// <summary>The text with bases and marks joined.</summary>
    public static string Compose(string text)
    {
        // Below U+0300 no mark combines, and every character is whole already.
        if (!text.AsSpan().ContainsAnyInRange('\u0300', '\uFFFF')) return text;
        var runes = new List<Rune>(text.Length);
        int starter = -1, lastClass = -1;
        foreach (Rune rune in CanonicalDecomposition.Decompose(text).EnumerateRunes())
        {
            int itsClass = CanonicalDecomposition.Class(rune);
            // A mark is blocked from its base by one of the same or a higher class between them, and a base by any mark.
            if (starter >= 0 && (lastClass < itsClass || lastClass == -1) && Join(runes[starter].Value, rune.Value) is { } joined)
            {
                runes[starter] = new Rune(joined);
                continue;
            }
            if (itsClass == 0) (starter, lastClass) = (runes.Count, -1);
            else lastClass = itsClass;
            runes.Add(rune);
        }
        var result = new StringBuilder(runes.Count);
        Span<char> units = stackalloc char[2];
        foreach (Rune rune in runes) result.Append(units[..rune.EncodeToUtf16(units)]);
        return result.ToString();
    }

    private static int? Join(int first, int second)
    {
        if (first is >= Leading and < Leading + Leadings && second is >= Vowel and < Vowel + Vowels)
            return HangulFirst + ((first - Leading) * Vowels + second - Vowel) * Trailings;
        if (first is >= HangulFirst and <= HangulLast && (first - HangulFirst) % Trailings == 0 && second is > Trailing and < Trailing + Trailings)
            return first + second - Trailing;
        return Pairs.TryGetValue((first, second), out int joined) ? joined : null;
    }

    private static Dictionary<(int, int), int> FindPairs()
    {
        Dictionary<string, int> whole = [];
        // Of characters with the same parts the later ones are other names of the first, such as the angstrom sign.
        foreach ((int character, Rune[] parts) in CanonicalDecomposition.Parts.OrderBy(pair => pair.Key))
            if (parts.Length > 1 && CanonicalDecomposition.Class(new Rune(character)) == 0 && CanonicalDecomposition.Class(parts[0]) == 0
                && !Excluded.Any(range => character >= range.First && character <= range.Last))
                whole.TryAdd(string.Concat(parts), character);
        var pairs = new Dictionary<(int, int), int>();
        foreach ((string text, int character) in whole)
        {
            Rune[] parts = [.. text.EnumerateRunes()];
            string beginning = string.Concat(parts[..^1]);
            // The table has characters taken apart to the end; what stands before the last mark is a character itself.
            int first = parts.Length == 2 ? parts[0].Value : whole.GetValueOrDefault(beginning, -1);
            if (first >= 0) pairs[(first, parts[^1].Value)] = character;
        }
        return pairs;
    }
}
