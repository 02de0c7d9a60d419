namespace Llkd.Teachers.Prototype;

/// <summary>A sparse vector: ascending feature keys and their values.</summary>
internal readonly record struct SparseVector(ulong[] Keys, float[] Values)
{

    /// <summary>Inner product, summed in the order of the keys.</summary>
    public double Dot(SparseVector other)
    {
        double sum = 0;
        int i = 0, j = 0;
        while (i < Keys.Length && j < other.Keys.Length)
        {
            if (Keys[i] < other.Keys[j]) i++;
            else if (Keys[i] > other.Keys[j]) j++;
            else sum += (double)Values[i++] * other.Values[j++];
        }
        return sum;
    }

    /// <summary>The sum of vectors, each times its factor.</summary>
    public static SparseVector Sum(IEnumerable<(SparseVector Vector, double Factor)> terms)
    {
        var sums = new Dictionary<ulong, double>();
        foreach ((SparseVector vector, double factor) in terms)
        {
            for (int i = 0; i < vector.Keys.Length; i++)
                sums[vector.Keys[i]] = sums.GetValueOrDefault(vector.Keys[i]) + factor * vector.Values[i];
        }
        ulong[] keys = [.. sums.Keys];
        Array.Sort(keys);
        return new SparseVector(keys, Array.ConvertAll(keys, key => (float)sums[key]));
    }
}
