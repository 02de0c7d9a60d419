using System.IO.Hashing;
using Llkd.Tasks;

namespace Llkd.Documents;

/// <summary>
/// Holds out shares of the pool's labelled texts. A text's place follows from its key and the split seed alone: not
/// from the row order, nor from which other rows there are, and equal texts go together.
/// </summary>
internal static class HeldOut
{
    public static void Take(DataOptions data, ref List<Document> pool, out List<Document> validation, out List<Document> test)
    {
        var rest = new List<Document>(pool.Count);
        var seen = new HashSet<DocumentKey>();
        (validation, test) = ([], []);
        foreach (Document document in pool)
        {
            double draw = document.HasLabel ? Draw(document.Key, data.SplitSeed) : 1;
            List<Document> set = draw < data.ValidationShare ? validation
                : draw < data.ValidationShare + data.TestShare ? test
                : rest;
            if (set == rest || data.Duplicates == DuplicatePolicy.Keep || seen.Add(document.Key)) set.Add(document);
        }
        pool = rest;
    }

    /// <summary>A number in [0, 1), the same for a key and seed on every machine.</summary>
    internal static double Draw(DocumentKey key, int seed) =>
        (XxHash3.HashToUInt64(key.ToBytes(), seed) >> 11) * (1.0 / (1UL << 53));
}
