using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;

namespace Llkd.Students.Ngram;

/// <summary>
/// Turns a text into rows of an embedding table: its words and word n-grams are hashed into buckets (Joulin et al.
/// 2017), and only the buckets that enough texts of the pool fill have a row. Words are runs of letters, digits and
/// marks, lower-cased; every other visible character, and every character of a script written without spaces (Han,
/// kana, Thai, …), is a word of its own.
/// </summary>
internal sealed class NgramEncoder
{
    private readonly Dictionary<int, int> _rows;

    private NgramEncoder(int order, int bucketCount, Dictionary<int, int> rows)
    {
        Order = order;
        BucketCount = bucketCount;
        _rows = rows;
    }

    /// <summary>Longest n-gram, in words.</summary>
    public int Order { get; }

    /// <summary>Number of hash buckets.</summary>
    public int BucketCount { get; }

    /// <summary>Number of rows: buckets that the pool fills.</summary>
    public int RowCount => _rows.Count;

    /// <summary>Bucket of each row, ascending, [rows].</summary>
    public int[] Buckets
    {
        get
        {
            var buckets = new int[_rows.Count];
            foreach ((int bucket, int row) in _rows) buckets[row] = bucket;
            return buckets;
        }
    }

    /// <summary>Rows for all buckets that at least <paramref name="minCount"/> texts fill.</summary>
    public static NgramEncoder Build(IEnumerable<string> texts, int order, int bucketCount, int minCount)
    {
        var counts = new int[bucketCount];
        var buckets = new List<int>();
        foreach (string text in texts)
        {
            buckets.Clear();
            Hash(text, order, bucketCount, buckets);
            buckets.Sort();
            for (int i = 0; i < buckets.Count; i++)
                if (i == 0 || buckets[i] != buckets[i - 1]) counts[buckets[i]]++;
        }
        var rows = new Dictionary<int, int>();
        for (int bucket = 0; bucket < bucketCount; bucket++)
            if (counts[bucket] >= minCount) rows.Add(bucket, rows.Count);
        return new NgramEncoder(order, bucketCount, rows);
    }

    /// <summary>An encoder with the rows of <see cref="Buckets"/>.</summary>
    public static NgramEncoder Restore(int order, int bucketCount, ReadOnlySpan<int> buckets)
    {
        var rows = new Dictionary<int, int>(buckets.Length);
        foreach (int bucket in buckets) rows.Add(bucket, rows.Count);
        return new NgramEncoder(order, bucketCount, rows);
    }

    /// <summary>Appends the rows of a text's n-grams, in their order; unknown ones are left out.</summary>
    public void Encode(string text, List<int> ids)
    {
        int start = ids.Count;
        Hash(text, Order, BucketCount, ids);
        int end = start;
        for (int i = start; i < ids.Count; i++)
            if (_rows.TryGetValue(ids[i], out int row)) ids[end++] = row;
        CollectionsMarshal.SetCount(ids, end);
    }

    private static void Hash(string text, int order, int bucketCount, List<int> buckets)
    {
        Span<ulong> window = stackalloc ulong[8];
        int words = 0;
        string lower = text.ToLowerInvariant();
        ReadOnlySpan<char> rest = lower;
        while (NextWord(ref rest, out ReadOnlySpan<char> word))
        {
            ulong hash = XxHash3.HashToUInt64(MemoryMarshal.AsBytes(word));
            window[words % order] = hash;
            words++;
            ulong gram = 0;
            for (int n = 1; n <= Math.Min(order, words); n++)
            {
                // From the last word backwards: the hash of (w_i), (w_i, w_{i−1}), …
                gram = Mix(gram * 0x9E3779B97F4A7C15 + window[(words - n) % order] + (ulong)n);
                buckets.Add((int)(gram % (ulong)bucketCount));
            }
        }
    }

    private static bool NextWord(ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> word)
    {
        int start = 0;
        while (start < rest.Length)
        {
            Kind kind = KindAt(rest, start, out int length);
            if (kind == Kind.Space)
            {
                start += length;
                continue;
            }
            int end = start + length;
            if (kind == Kind.Word)
                while (end < rest.Length && KindAt(rest, end, out length) == Kind.Word) end += length;
            word = rest[start..end];
            rest = rest[end..];
            return true;
        }
        word = default;
        return false;
    }

    private enum Kind { Space, Word, Single }

    private static Kind KindAt(ReadOnlySpan<char> text, int index, out int length)
    {
        Rune.DecodeFromUtf16(text[index..], out Rune rune, out length);
        if (rune.IsAscii)
            return Rune.IsLetterOrDigit(rune) ? Kind.Word : Rune.IsWhiteSpace(rune) || Rune.IsControl(rune) ? Kind.Space : Kind.Single;
        if (Rune.IsWhiteSpace(rune) || Rune.IsControl(rune)) return Kind.Space;
        if (IsWrittenWithoutSpaces(rune.Value)) return Kind.Single;
        return Rune.GetUnicodeCategory(rune) <= System.Globalization.UnicodeCategory.OtherNumber ? Kind.Word : Kind.Single;
    }

    /// <summary>Thai, Lao, Myanmar, Khmer; kana; Han with its extensions.</summary>
    private static bool IsWrittenWithoutSpaces(int c) =>
        c is >= 0x0E00 and <= 0x0EFF or >= 0x1000 and <= 0x109F or >= 0x1780 and <= 0x17FF
            or >= 0x3040 and <= 0x30FF or >= 0x3400 and <= 0x4DBF or >= 0x4E00 and <= 0x9FFF
            or >= 0xF900 and <= 0xFAFF or >= 0x20000 and <= 0x3FFFF;

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 33)) * 0xFF51AFD7ED558CCD;
        z = (z ^ (z >> 33)) * 0xC4CEB9FE1A85EC53;
        return z ^ (z >> 33);
    }
}
