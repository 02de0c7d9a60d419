using System.Globalization;
using System.Text;

namespace Llkd.Tokenizers.Unicode;

/// <summary>
/// Unicode's normalisation form D (UAX #15). .NET's own leaves every text as it is where an application runs without
/// ICU (`InvariantGlobalization`), and would do so without a word; tokenizers may not depend on that switch.
/// </summary>
internal static class CanonicalDecomposition
{
    private const int HangulFirst = 0xAC00, HangulLast = 0xD7A3, Leading = 0x1100, Vowel = 0x1161, Trailing = 0x11A7;
    private const int Vowels = 21, Trailings = 28;

    private static readonly Tables Data = Read();

    /// <summary>The text with every character taken apart, and the marks of a base character in order.</summary>
    public static string Decompose(string text)
    {
        if (!NeedsWork(text)) return text;
        var runes = new List<Rune>(text.Length + 8);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (rune.Value is >= HangulFirst and <= HangulLast) AddHangul(rune.Value - HangulFirst, runes);
            else if (Data.Parts.TryGetValue(rune.Value, out Rune[]? parts)) runes.AddRange(parts);
            else runes.Add(rune);
        }
        Order(runes);
        var result = new StringBuilder(runes.Count);
        Span<char> units = stackalloc char[2];
        foreach (Rune rune in runes) result.Append(units[..rune.EncodeToUtf16(units)]);
        return result.ToString();
    }

    /// <summary>Below U+00C0 nothing decomposes, and no mark combines.</summary>
    private static bool NeedsWork(string text) => text.AsSpan().ContainsAnyInRange('\u00C0', '\uFFFF');

    private static void AddHangul(int syllable, List<Rune> runes)
    {
        runes.Add(new Rune(Leading + syllable / (Vowels * Trailings)));
        runes.Add(new Rune(Vowel + syllable % (Vowels * Trailings) / Trailings));
        if (syllable % Trailings > 0) runes.Add(new Rune(Trailing + syllable % Trailings));
    }

    /// <summary>Stable sort of each run of combining characters by their class.</summary>
    private static void Order(List<Rune> runes)
    {
        for (int start = 0; start < runes.Count; start++)
        {
            if (Class(runes[start]) == 0) continue;
            int end = start + 1;
            bool sorted = true;
            while (end < runes.Count && Class(runes[end]) != 0)
            {
                sorted &= Class(runes[end - 1]) <= Class(runes[end]);
                end++;
            }
            if (!sorted)
            {
                Rune[] run = [.. runes[start..end].OrderBy(Class)];
                for (int i = 0; i < run.Length; i++) runes[start + i] = run[i];
            }
            start = end;
        }
    }

    /// <summary>Every character that can be taken apart, with its parts.</summary>
    public static IReadOnlyDictionary<int, Rune[]> Parts => Data.Parts;

    /// <summary>Combining class of a character; 0 for one that stands alone.</summary>
    public static int Class(Rune rune) => rune.Value < 0x300 ? 0 : Data.Classes.GetValueOrDefault(rune.Value);

    private static Tables Read()
    {
        using Stream stream = typeof(CanonicalDecomposition).Assembly.GetManifestResourceStream("Decompositions.txt")!;
        using var reader = new StreamReader(stream, Encoding.ASCII);
        var tables = new Tables([], []);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#')) continue;
            string[] fields = line.Split(' ');
            int character = Hex(fields[0]);
            if (fields[1].StartsWith('=')) tables.Classes.Add(character, byte.Parse(fields[1].AsSpan(1), CultureInfo.InvariantCulture));
            else tables.Parts.Add(character, [.. fields.Skip(1).Select(part => new Rune(Hex(part)))]);
        }
        return tables;
    }

    private static int Hex(string text) => int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private sealed record Tables(Dictionary<int, Rune[]> Parts, Dictionary<int, byte> Classes);
}
