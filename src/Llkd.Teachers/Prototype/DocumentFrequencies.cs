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

    /// <summary>Counts the features of every text.</summary>
    public DocumentFrequencies(IEnumerable<string> texts)
    {
        var features = new List<ulong>();
        var seen = new HashSet<ulong>();
        foreach (string text in texts)
        {
            features.Clear();
            seen.Clear();
            TextFeatures.Add(text, features);
            foreach (ulong feature in features)
            {
                if (seen.Add(feature)) _counts[feature % Buckets]++;
            }
            Texts++;
        }
    }

    /// <summary>Number of texts counted.</summary>
    public long Texts { get; }

    /// <summary>Smoothed inverse document frequency, ln((1 + N) / (1 + df)) + 1.</summary>
    public double Inverse(ulong feature) =>
        Math.Log((1.0 + Texts) / (1.0 + _counts[feature % Buckets])) + 1;

    /// <summary>Hash of all counts.</summary>
    public string Hash() => XxHash128.HashToUInt128(MemoryMarshal.AsBytes(_counts.AsSpan()), Texts).ToString("x32", null);
}
