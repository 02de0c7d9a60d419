namespace Llkd.Teachers.Recorded;

/// <summary>Recorded distributions under an id or a text; those of one key that differ are averaged, and counted.</summary>
internal sealed class RecordedAnswers<TKey> where TKey : notnull
{
    private sealed class Entry(float[] mean)
    {
        public float[] Mean { get; set; } = mean;
        public int Count { get; set; } = 1;
        public bool Contradicts { get; set; }
    }

    private readonly Dictionary<TKey, Entry> _entries = [];

    /// <summary>Number of keys.</summary>
    public int Count => _entries.Count;

    /// <summary>Number of keys whose rows contradict each other.</summary>
    public int Contradictions { get; private set; }

    public void Add(TKey key, float[] distribution)
    {
        if (!_entries.TryGetValue(key, out Entry? entry))
        {
            _entries.Add(key, new Entry(distribution));
            return;
        }
        if (!entry.Mean.AsSpan().SequenceEqual(distribution))
        {
            if (!entry.Contradicts) Contradictions++;
            entry.Contradicts = true;
            var mean = new float[distribution.Length];
            for (int k = 0; k < mean.Length; k++)
                mean[k] = (float)(((double)entry.Mean[k] * entry.Count + distribution[k]) / (entry.Count + 1));
            entry.Mean = mean;
        }
        entry.Count++;
    }

    /// <summary>The distribution of a key, or null.</summary>
    public float[]? Find(TKey key) => _entries.GetValueOrDefault(key)?.Mean;
}
