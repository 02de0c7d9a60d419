using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Llkd.Documents;
using Llkd.Tasks;
using Llkd.Teachers.Prototype;

namespace Llkd.Teachers.Tests;

/// <summary>
/// The prototype teacher as it was first written, without regard to speed: every feature in one list that is sorted, every
/// logarithm computed, every prototype a dictionary. What it sums up it sums up in the same order, so that its bits must be met.
/// </summary>
internal sealed class PlainPrototype
{
    private readonly Dictionary<ulong, int> _counts = [];
    private readonly Dictionary<ulong, float>[] _prototypes;
    private readonly double[] _squaredLengths;
    private readonly long _texts;

    /// <summary>As <see cref="PrototypeTeacher"/>, for examples that are distinct.</summary>
    public PlainPrototype(TaskLabel[] labels, Document[] examples, string[]? pool = null)
    {
        Document[] ordered = [.. examples.OrderBy(example => example.Label).ThenBy(example => example.Key.High).ThenBy(example => example.Key.Low)];
        string[] words = [.. labels.Select(LabelWords.Of)];
        foreach (string text in pool ?? [.. ordered.Select(example => example.Text), .. words])
        {
            _texts++;
            foreach (ulong feature in Features(text).Distinct())
                _counts[feature % (1 << 22)] = _counts.GetValueOrDefault(feature % (1 << 22)) + 1;
        }
        _prototypes = [.. words.Select((word, k) =>
        {
            var sums = new Dictionary<ulong, double>();
            foreach (string text in ordered.Where(example => example.Label == k).Select(example => example.Text).Prepend(word))
                foreach ((ulong feature, float value) in Vector(text))
                    sums[feature] = sums.GetValueOrDefault(feature) + value;
            return sums.ToDictionary(pair => pair.Key, pair => (float)pair.Value);
        })];
        _squaredLengths = [.. _prototypes.Select(prototype =>
        {
            double sum = 0;
            foreach ((_, float value) in prototype.OrderBy(pair => pair.Key)) sum += (double)value * value;
            return sum;
        })];
    }

    public float[] Label(string text, double temperature)
    {
        (ulong Feature, float Value)[] vector = Vector(text);
        double[] cosines = [.. _prototypes.Select((prototype, k) =>
        {
            double dot = 0;
            foreach ((ulong feature, float value) in vector)
                if (prototype.TryGetValue(feature, out float own)) dot += (double)value * own;
            return _squaredLengths[k] > 1e-6 ? dot / Math.Sqrt(_squaredLengths[k]) : 0;
        })];
        double[] powers = [.. cosines.Select(cosine => Math.Exp((cosine - cosines.Max()) / temperature))];
        double sum = 0;
        foreach (double power in powers) sum += power;
        return [.. powers.Select(power => (float)(power / sum))];
    }

    /// <summary>Root of the sum of the squared weights of a text's features, in the order of their keys.</summary>
    public double Length(string text) => Math.Sqrt(Weights(text).Aggregate(0.0, (sum, pair) => sum + pair.Weight * pair.Weight));

    private (ulong Feature, float Value)[] Vector(string text)
    {
        double length = Length(text);
        return [.. Weights(text).Select(pair => (pair.Feature, (float)(pair.Weight / length)))];
    }

    private (ulong Feature, double Weight)[] Weights(string text)
    {
        List<ulong> features = Features(text);
        features.Sort();
        return [.. features.GroupBy(feature => feature).Select(group =>
            (group.Key, (group.Key >> 62 == 0 ? 1 : 0.5) * (1 + Math.Log(group.Count()))
                * (Math.Log((1.0 + _texts) / (1.0 + _counts.GetValueOrDefault(group.Key % (1 << 22)))) + 1)))];
    }

    private static List<ulong> Features(string text)
    {
        var features = new List<ulong>();
        ulong? previous = null;
        foreach (string word in Words(text))
        {
            string marked = $"<{word}>";
            ulong hash = Hash(MemoryMarshal.AsBytes(marked.AsSpan()));
            features.Add(hash >> 2);
            if (previous is { } before) features.Add(1UL << 62 | Hash(MemoryMarshal.AsBytes<ulong>([before, hash])) >> 2);
            previous = hash;
            for (int run = 3; run <= 5; run++)
                for (int start = 0; start + run <= marked.Length && run < marked.Length; start++)
                    features.Add(2UL << 62 | Hash(MemoryMarshal.AsBytes(marked.AsSpan(start, run))) >> 2);
        }
        return features;
    }

    private static ulong Hash(ReadOnlySpan<byte> bytes) => XxHash3.HashToUInt64(bytes);

    private static IEnumerable<string> Words(string text)
    {
        var word = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
        {
            int c = rune.Value;
            bool alone = c is >= 0x3041 and <= 0x30FF or >= 0x3400 and <= 0x4DBF or >= 0x4E00 and <= 0x9FFF
                or >= 0xF900 and <= 0xFAFF or >= 0x20000 and <= 0x3FFFF;
            bool belongs = alone || Rune.IsLetterOrDigit(rune)
                || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
            if ((alone || !belongs) && word.Length > 0)
            {
                yield return word.ToString();
                word.Clear();
            }
            if (!belongs) continue;
            // Up to 64 UTF-16 code units, the last character being whole.
            if (word.Length <= 62) word.Append(Rune.ToLowerInvariant(rune).ToString());
            if (!alone) continue;
            yield return word.ToString();
            word.Clear();
        }
        if (word.Length > 0) yield return word.ToString();
    }
}
