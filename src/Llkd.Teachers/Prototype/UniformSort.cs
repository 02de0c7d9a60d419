using System.Numerics;

namespace Llkd.Teachers.Prototype;

/// <summary>Sorts keys that are hashes below their two upper bits, which are the same in all: into as many buckets as there are keys, then each bucket.</summary>
internal static class UniformSort
{
    private const int MostBits = 12;

    /// <summary>A bucket that is larger is sorted by comparing, so that texts made to meet in one bucket cost no more than others.</summary>
    private const int LargestByInsertion = 24;

    /// <summary>Sorts ascending.</summary>
    /// <param name="keys">The keys.</param>
    /// <param name="scratch">At least as long.</param>
    public static void Sort(Span<ulong> keys, Span<ulong> scratch)
    {
        if (keys.Length <= LargestByInsertion)
        {
            Insert(keys);
            return;
        }
        int bits = Math.Min(MostBits, BitOperations.Log2((uint)keys.Length));
        int shift = 64 - bits;
        Span<int> ends = stackalloc int[1 << bits];
        ends.Clear();
        foreach (ulong key in keys) ends[(int)((key << 2) >> shift)]++;
        int start = 0;
        for (int bucket = 0; bucket < ends.Length; bucket++)
        {
            int count = ends[bucket];
            ends[bucket] = start;
            start += count;
        }
        foreach (ulong key in keys) scratch[ends[(int)((key << 2) >> shift)]++] = key;
        scratch[..keys.Length].CopyTo(keys);
        start = 0;
        foreach (int end in ends)
        {
            if (end - start > LargestByInsertion) keys[start..end].Sort();
            start = end;
        }
        // Within buckets only, as they are in order already.
        Insert(keys);
    }

    private static void Insert(Span<ulong> keys)
    {
        for (int i = 1; i < keys.Length; i++)
        {
            ulong key = keys[i];
            int at = i;
            for (; at > 0 && keys[at - 1] > key; at--) keys[at] = keys[at - 1];
            keys[at] = key;
        }
    }
}
