using Llkd.Numerics;

namespace Llkd.Documents;

/// <summary>Draws the teacher's gold examples.</summary>
internal static class ExampleChoice
{
    /// <summary>Up to <paramref name="shots"/> different texts of each class, class by class; the row order has no say.</summary>
    public static List<Document> Draw(IEnumerable<Document> candidates, int classes, int shots, int seed)
    {
        var byClass = new List<Document>[classes];
        for (int k = 0; k < classes; k++) byClass[k] = [];
        // Sorting by key first, by label where a text has two: the draw then depends on the set of rows only.
        Document? last = null;
        foreach (Document document in candidates.OrderBy(d => d.Key.High).ThenBy(d => d.Key.Low).ThenBy(d => d.Label))
        {
            if (last?.Key != document.Key) byClass[document.Label].Add(document);
            last = document;
        }
        var random = new RandomStream(seed, "examples");
        var chosen = new List<Document>();
        foreach (List<Document> documents in byClass)
        {
            int count = Math.Min(shots, documents.Count);
            for (int i = 0; i < count; i++)
            {
                int j = i + random.NextInt32(documents.Count - i);
                (documents[i], documents[j]) = (documents[j], documents[i]);
                chosen.Add(documents[i]);
            }
        }
        return chosen;
    }
}
