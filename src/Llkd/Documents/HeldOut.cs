using System.IO.Hashing;
using Llkd.Tasks;

namespace Llkd.Documents;

/// <summary>
/// Holds out shares of the pool's labelled texts. A text's place follows from its key and the split seed alone: not
/// from the row order, nor from which other rows there are, and equal texts go together.
/// </summary>
/// <param name="data">The shares.</param>
internal sealed class HeldOut(DataOptions data)
{
    private readonly HashSet<DocumentKey> _seen = [];

    public List<Document> Validation { get; } = [];

    public List<Document> Test { get; } = [];

    /// <summary>Takes a document of the pool, if it is one of those held out.</summary>
    public bool Takes(Document document)
    {
        double draw = document.HasLabel ? Draw(document.Key, data.SplitSeed) : 1;
        List<Document>? set = draw < data.ValidationShare ? Validation : draw < data.ValidationShare + data.TestShare ? Test : null;
        if (set is null) return false;
        if (data.Duplicates == DuplicatePolicy.Keep || _seen.Add(document.Key)) set.Add(document);
        return true;
    }

    /// <summary>A number in [0, 1), the same for a key and seed on every machine.</summary>
    internal static double Draw(DocumentKey key, int seed) =>
        (XxHash3.HashToUInt64(key.ToBytes(), seed) >> 11) * (1.0 / (1UL << 53));
}
