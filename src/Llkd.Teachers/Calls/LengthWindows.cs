using System.Runtime.CompilerServices;
using Llkd.Documents;

namespace Llkd.Teachers.Calls;

/// <summary>Reorders a stream of documents by length, as far as a window of it allows, and hands them out in groups.</summary>
internal static class LengthWindows
{
    /// <summary>Documents in a window.</summary>
    private const int Window = 1024;

    /// <summary>The documents of each window, the longest first, in groups of neighbours; equal lengths in their order.</summary>
    /// <param name="documents">The documents.</param>
    /// <param name="most">Documents in a group at most.</param>
    /// <param name="sideBySide">Groups under way at once; where there are few documents, groups are small enough for all of them to get some.</param>
    /// <param name="cancellationToken">Ends reading.</param>
    public static async IAsyncEnumerable<Document[]> LongestFirst(
        IAsyncEnumerable<Document> documents, int most, int sideBySide, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var window = new List<Document>(Window);
        await foreach (Document document in documents.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            window.Add(document);
            if (window.Count < Window) continue;
            foreach (Document[] group in Groups(window, most, sideBySide)) yield return group;
            window.Clear();
        }
        foreach (Document[] group in Groups(window, most, sideBySide)) yield return group;
    }

    /// <summary>Every document in a group of its own, in their order.</summary>
    public static async IAsyncEnumerable<Document[]> OneByOne(IAsyncEnumerable<Document> documents, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (Document document in documents.WithCancellation(cancellationToken).ConfigureAwait(false)) yield return [document];
    }

    private static IEnumerable<Document[]> Groups(List<Document> window, int most, int sideBySide) =>
        window.OrderByDescending(held => held.Text.Length).Chunk(Math.Clamp(window.Count / (2 * sideBySide), 1, most));
}
