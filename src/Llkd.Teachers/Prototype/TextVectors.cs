namespace Llkd.Teachers.Prototype;

/// <summary>
/// TF-IDF vectors of unit length: value = weight of the feature's kind · (1 + ln tf) · idf, over the root of the sum of
/// squares. A text without a word gives the zero vector.
/// </summary>
internal sealed class TextVectors(DocumentFrequencies frequencies)
{
    /// <summary>Vector of one text. Safe to call from several threads at once.</summary>
    public SparseVector Of(string text)
    {
        WeightedText weighted = Weigh(text);
        var values = new float[weighted.Count];
        for (int i = 0; i < values.Length; i++) values[i] = weighted.ValueAt(i);
        return new SparseVector(weighted.Keys.ToArray(), values);
    }

    /// <summary>As <see cref="Of"/>, in this thread's own memory; it is there until the thread's next text.</summary>
    public WeightedText Weigh(string text)
    {
        WeightedText weighted = WeightedText.OfThread;
        weighted.Read(text, frequencies);
        return weighted;
    }
}
