using System.Numerics;

namespace Llkd.Teachers.Prototype;

/// <summary>
/// The classes' prototypes, V_k = l_k + Σ e over the class's examples e, where l_k is the vector of the label's words
/// and description: the label counts as one example more. Held as an inverted index, feature → (class, value).
/// </summary>
internal sealed class ClassPrototypes
{
    private readonly BitFilter _known = new();
    private readonly Slot[] _slots;
    private readonly Posting[] _postings;
    private readonly double[] _squaredLengths;

    /// <summary>Sums up the prototypes.</summary>
    /// <param name="labels">l_k, [classes].</param>
    /// <param name="examples">The examples' vectors, each with its class.</param>
    public ClassPrototypes(IReadOnlyList<SparseVector> labels, IReadOnlyList<(SparseVector Vector, int Label)> examples)
    {
        ILookup<int, SparseVector> byClass = examples.ToLookup(example => example.Label, example => example.Vector);
        SparseVector[] prototypes = [.. labels.Select((label, k) =>
            SparseVector.Sum(byClass[k].Prepend(label).Select(vector => (vector, 1.0))))];
        _squaredLengths = [.. prototypes.Select(prototype => prototype.Dot(prototype))];

        var postings = new (ulong Feature, Posting Posting)[prototypes.Sum(prototype => prototype.Keys.Length)];
        int count = 0;
        for (int k = 0; k < prototypes.Length; k++)
        {
            for (int i = 0; i < prototypes[k].Keys.Length; i++)
                postings[count++] = (prototypes[k].Keys[i], new Posting(k, prototypes[k].Values[i]));
        }
        Array.Sort(postings, (a, b) => a.Feature != b.Feature ? a.Feature.CompareTo(b.Feature) : a.Posting.Class.CompareTo(b.Posting.Class));
        _postings = Array.ConvertAll(postings, pair => pair.Posting);
        _slots = new Slot[BitOperations.RoundUpToPowerOf2((uint)postings.Length * 2 + 1)];
        for (int start = 0, end; start < postings.Length; start = end)
        {
            ulong feature = postings[start].Feature;
            end = start + 1;
            while (end < postings.Length && postings[end].Feature == feature) end++;
            _known.Add(feature);
            int slot = (int)feature & (_slots.Length - 1);
            while (_slots[slot].End > 0) slot = (slot + 1) & (_slots.Length - 1);
            _slots[slot] = new Slot(feature, start, end);
        }
    }

    /// <summary>Number of classes C.</summary>
    public int ClassCount => _squaredLengths.Length;

    /// <summary>Cosine of a text to every prototype, [classes]; 0 for a prototype without a feature.</summary>
    public void Cosines(WeightedText text, Span<double> cosines)
    {
        cosines.Clear();
        ReadOnlySpan<ulong> keys = text.Keys;
        for (int i = 0; i < keys.Length; i++)
        {
            if (!_known.MayHold(keys[i])) continue;
            ReadOnlySpan<Posting> postings = Find(keys[i]);
            if (postings.Length > 0) AddProducts(text.ValueAt(i), postings, cosines);
        }
        for (int k = 0; k < cosines.Length; k++) cosines[k] = Divide(cosines[k], _squaredLengths[k]);
    }

    /// <summary>
    /// The cosines an example would have had if it had not been one: e is taken out of its class's prototype,
    /// (e·V − e·e) / √(V·V − 2 e·V + e·e).
    /// </summary>
    public void CosinesLeftOut(SparseVector example, int label, Span<double> cosines)
    {
        Dots(example, cosines);
        double own = example.Dot(example);
        double dot = cosines[label] - own;
        double squaredLength = _squaredLengths[label] - 2 * cosines[label] + own;
        for (int k = 0; k < cosines.Length; k++)
            cosines[k] = k == label ? Divide(dot, squaredLength) : Divide(cosines[k], _squaredLengths[k]);
    }

    // Values are single precision, so what is left of a prototype after its only vector was taken out is not quite 0.
    private static double Divide(double dot, double squaredLength) =>
        squaredLength > 1e-6 ? dot / Math.Sqrt(squaredLength) : 0;

    private void Dots(SparseVector vector, Span<double> dots)
    {
        dots.Clear();
        for (int i = 0; i < vector.Keys.Length; i++) AddProducts(vector.Values[i], Find(vector.Keys[i]), dots);
    }

    private static void AddProducts(double value, ReadOnlySpan<Posting> postings, Span<double> dots)
    {
        foreach (Posting posting in postings) dots[posting.Class] += value * posting.Value;
    }

    /// <summary>Postings of a feature, ascending by class; none for an unknown one. Keys are hashes, so their own bits spread them.</summary>
    private ReadOnlySpan<Posting> Find(ulong feature)
    {
        Slot[] slots = _slots;
        for (int slot = (int)feature & (slots.Length - 1); slots[slot].End > 0; slot = (slot + 1) & (slots.Length - 1))
            if (slots[slot].Feature == feature) return _postings.AsSpan(slots[slot].Start, slots[slot].End - slots[slot].Start);
        return [];
    }

    private readonly record struct Posting(int Class, float Value);

    /// <summary>Where a feature's postings stand; an end of 0 marks a free slot.</summary>
    private readonly record struct Slot(ulong Feature, int Start, int End);
}
