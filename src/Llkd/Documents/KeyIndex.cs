namespace Llkd.Documents;

/// <summary>
/// Finds documents by key: an open-addressed table of indexes, 8 to 16 bytes a document, where a set of keys takes 30 and a
/// dictionary more. Of equal keys the first added is found.
/// </summary>
/// <param name="keyAt">Key of an index.</param>
/// <param name="expected">How many will be added; a guess.</param>
public sealed class KeyIndex(Func<int, DocumentKey> keyAt, int expected = 0)
{
    private int[] _slots = new int[Capacity(expected)];

    /// <summary>Number of different keys.</summary>
    public int Count { get; private set; }

    /// <summary>An index of all documents of a list.</summary>
    public static KeyIndex Of(IReadOnlyList<Document> documents)
    {
        ArgumentNullException.ThrowIfNull(documents);
        var index = new KeyIndex(documents.KeyAt, documents.Count);
        for (int i = 0; i < documents.Count; i++) index.TryAdd(i, out _);
        return index;
    }

    /// <summary>Adds an index unless one with the same key is there.</summary>
    /// <param name="index">The index, at least 0.</param>
    /// <param name="first">The index that stands for its key from now on.</param>
    /// <returns>Whether it was added.</returns>
    public bool TryAdd(int index, out int first)
    {
        if (Count >= _slots.Length / 2) Grow();
        DocumentKey key = keyAt(index);
        int slot = Slot(_slots, key);
        first = _slots[slot] - 1;
        if (first >= 0) return false;
        _slots[slot] = index + 1;
        first = index;
        Count++;
        return true;
    }

    /// <summary>The first index of a key; −1 where there is none.</summary>
    public int Find(DocumentKey key) => _slots[Slot(_slots, key)] - 1;

    private static int Capacity(int expected) => (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, Math.Min(expected, 1 << 29) * 2L));

    /// <summary>Where a key stands, or the free place where it would. Keys are hashes, so their own bits spread them.</summary>
    private int Slot(int[] slots, DocumentKey key)
    {
        int mask = slots.Length - 1;
        for (int slot = (int)key.Low & mask; ; slot = (slot + 1) & mask)
            if (slots[slot] == 0 || keyAt(slots[slot] - 1) == key) return slot;
    }

    private void Grow()
    {
        var larger = new int[checked(_slots.Length * 2)];
        foreach (int entry in _slots)
            if (entry > 0) larger[Slot(larger, keyAt(entry - 1))] = entry;
        _slots = larger;
    }
}
