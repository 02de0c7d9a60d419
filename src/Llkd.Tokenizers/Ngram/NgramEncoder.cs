using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using Llkd.Documents;
using Llkd.Models;

namespace Llkd.Tokenizers;

/// <summary>
/// Turns a text into rows of an embedding table: its words and word n-grams are hashed into buckets (Joulin et al.
/// 2017), and only the buckets that enough texts of the pool fill have a row. <see cref="Words"/> says what a word is;
/// they are lower-cased.
/// </summary>
public sealed class NgramEncoder : ITextTokenizer
{
    /// <summary>Name of the file of the buckets that have a row.</summary>
    public const string BucketsFile = "buckets.txt";

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

    /// <inheritdoc/>
    public int Size => RowCount;

    /// <inheritdoc/>
    public SpecialTokens Special => default;

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
        foreach (List<int> filled in texts.InChunks(chunk => Filled(chunk, order, bucketCount)))
            foreach (int bucket in filled) counts[bucket]++;
        var rows = new Dictionary<int, int>();
        for (int bucket = 0; bucket < bucketCount; bucket++)
            if (counts[bucket] >= minCount) rows.Add(bucket, rows.Count);
        return new NgramEncoder(order, bucketCount, rows);
    }

    /// <summary>The buckets that each text fills, text after text.</summary>
    private static List<int> Filled(string[] texts, int order, int bucketCount)
    {
        var filled = new List<int>();
        foreach (string text in texts)
        {
            int start = filled.Count;
            Hash(text, order, bucketCount, filled);
            Span<int> buckets = CollectionsMarshal.AsSpan(filled)[start..];
            buckets.Sort();
            int distinct = 0;
            for (int i = 0; i < buckets.Length; i++)
                if (i == 0 || buckets[i] != buckets[i - 1]) buckets[distinct++] = buckets[i];
            CollectionsMarshal.SetCount(filled, start + distinct);
        }
        return filled;
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

    /// <inheritdoc/>
    public bool Encode(string text, int maxLength, List<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        int start = ids.Count;
        Encode(text, ids);
        if (ids.Count - start <= maxLength) return false;
        CollectionsMarshal.SetCount(ids, start + maxLength);
        return true;
    }

    /// <summary>Writes the buckets; config.json, which the student writes, holds their number and the longest n-gram.</summary>
    /// <inheritdoc/>
    public void Save(string folder, int maxLength) =>
        File.WriteAllLines(Path.Combine(folder, BucketsFile), Buckets.Select(b => b.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Reads the encoder of a model folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="config">Its config.json, with `ngrams` and `buckets`.</param>
    /// <exception cref="InputException">A file is missing or broken.</exception>
    public static NgramEncoder Load(string folder, ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        int order = config.Number("ngrams", 1, 5);
        int bucketCount = config.Number("buckets", 1, int.MaxValue);
        string path = Path.Combine(folder, BucketsFile);
        var buckets = new List<int>();
        foreach (string line in InputFile.ReadLines(path))
        {
            if (!int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out int bucket) || bucket >= bucketCount
                || (buckets.Count > 0 && bucket <= buckets[^1]))
                throw new InputException($"{path}, line {buckets.Count + 1}: `{line}` is not the next bucket number. The model folder is damaged.");
            buckets.Add(bucket);
        }
        return Restore(order, bucketCount, CollectionsMarshal.AsSpan(buckets));
    }

    private static void Hash(string text, int order, int bucketCount, List<int> buckets)
    {
        Span<ulong> window = stackalloc ulong[8];
        int words = 0;
        string lower = text.ToLowerInvariant();
        ReadOnlySpan<char> rest = lower;
        while (Words.Next(ref rest, out ReadOnlySpan<char> word))
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

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 33)) * 0xFF51AFD7ED558CCD;
        z = (z ^ (z >> 33)) * 0xC4CEB9FE1A85EC53;
        return z ^ (z >> 33);
    }
}
