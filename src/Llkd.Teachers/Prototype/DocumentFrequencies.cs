using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Llkd.Teachers.Prototype;

/// <summary>
/// In how many texts a feature occurs, counted in 2²² hash buckets, so that a pool of any size takes 16 MB. Two
/// features in one bucket add up, which makes a rare one look a little less rare.
/// </summary>
internal sealed class DocumentFrequencies
{
    private const int Buckets = 1 << 22;
    private readonly int[] _counts = new int[Buckets];

    /// <summary>Lower bits of the buckets that are not empty, 32 KB: few are filled where only examples are counted, and then most features ask no further.</summary>
    private readonly BitFilter _filled = new();

    /// <summary>Inverse frequencies of small counts.</summary>
    private readonly double[] _inverse;

    /// <summary>Counts the features of every text.</summary>
    public DocumentFrequencies(IEnumerable<string> texts)
    {
        var features = new TextFeatures();
        var seen = new HashSet<ulong>();
        foreach (string text in texts)
        {
            seen.Clear();
            features.Read(text);
            foreach (TextFeatures.Kind kind in Enum.GetValues<TextFeatures.Kind>())
            {
                foreach (ulong feature in features[kind])
                {
                    if (!seen.Add(feature)) continue;
                    _counts[feature % Buckets]++;
                    _filled.Add(feature);
                }
            }
            Texts++;
        }
        _inverse = [.. Enumerable.Range(0, 1024).Select(InverseOf)];
    }

    /// <summary>Number of texts counted.</summary>
    public long Texts { get; }

    /// <summary>Smoothed inverse document frequency, ln((1 + N) / (1 + df)) + 1.</summary>
    public double Inverse(ulong feature)
    {
        if (!_filled.MayHold(feature)) return _inverse[0];
        int count = _counts[feature % Buckets];
        return count < _inverse.Length ? _inverse[count] : InverseOf(count);
    }

    private double InverseOf(int count) => Math.Log((1.0 + Texts) / (1.0 + count)) + 1;

    /// <summary>Hash of all counts.</summary>
    public string Hash() => XxHash128.HashToUInt128(MemoryMarshal.AsBytes(_counts.AsSpan()), Texts).ToString("x32", null);
}
