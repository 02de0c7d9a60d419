namespace Llkd.Teachers.Prototype;

/// <summary>
/// The classes' prototypes, V_k = l_k + Σ e over the class's examples e, where l_k is the vector of the label's words
/// and description: the label counts as one example more. Held as an inverted index, feature → (class, value).
/// </summary>
internal sealed class ClassPrototypes
{
    private readonly Dictionary<ulong, (int Start, int End)> _postings = [];
    private readonly int[] _classes;
    private readonly float[] _values;
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

        var postings = new (ulong Feature, int Class, float Value)[prototypes.Sum(prototype => prototype.Keys.Length)];
        int count = 0;
        for (int k = 0; k < prototypes.Length; k++)
        {
            for (int i = 0; i < prototypes[k].Keys.Length; i++)
                postings[count++] = (prototypes[k].Keys[i], k, prototypes[k].Values[i]);
        }
        Array.Sort(postings, (a, b) => a.Feature != b.Feature ? a.Feature.CompareTo(b.Feature) : a.Class.CompareTo(b.Class));
        _classes = Array.ConvertAll(postings, posting => posting.Class);
        _values = Array.ConvertAll(postings, posting => posting.Value);
        for (int start = 0, end; start < postings.Length; start = end)
        {
            end = start + 1;
            while (end < postings.Length && postings[end].Feature == postings[start].Feature) end++;
            _postings.Add(postings[start].Feature, (start, end));
        }
    }

    /// <summary>Number of classes C.</summary>
    public int ClassCount => _squaredLengths.Length;

    /// <summary>Cosine of a unit vector to every prototype, [classes]; 0 for a prototype without a feature.</summary>
    public void Cosines(SparseVector vector, Span<double> cosines)
    {
        Dots(vector, cosines);
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
        for (int i = 0; i < vector.Keys.Length; i++)
        {
            if (!_postings.TryGetValue(vector.Keys[i], out (int Start, int End) range)) continue;
            double value = vector.Values[i];
            for (int p = range.Start; p < range.End; p++) dots[_classes[p]] += value * _values[p];
        }
    }
}
