namespace Llkd.Tokenizers.Pipeline;

/// <summary>
/// Remembers the ids of words: nearly all words of a text are among the most frequent ones. A table of fixed size whose
/// entries never change, so that threads need no lock: a word that another one has pushed out is encoded again.
/// </summary>
internal sealed class WordCache(WordModel model)
{
    private const int Slots = 1 << 15;

    /// <summary>Longer words are rare, and would make the table's memory unbounded.</summary>
    private const int LongestWord = 48;

    private readonly Entry?[] _entries = new Entry?[Slots];

    /// <summary>Appends a word's ids.</summary>
    public void Encode(ReadOnlySpan<char> word, List<int> ids)
    {
        if (word.Length > LongestWord)
        {
            model.Encode(word, ids);
            return;
        }
        ref Entry? slot = ref _entries[string.GetHashCode(word) & (Slots - 1)];
        Entry? entry = Volatile.Read(ref slot);
        if (entry is null || !word.SequenceEqual(entry.Word))
        {
            var fresh = new List<int>();
            model.Encode(word, fresh);
            entry = new Entry(word.ToString(), [.. fresh]);
            Volatile.Write(ref slot, entry);
        }
        foreach (int id in entry.Ids) ids.Add(id);
    }

    private sealed record Entry(string Word, int[] Ids);
}
