using System.Runtime.CompilerServices;
using Llkd.Documents;

namespace Llkd.Teachers.Calls;

/// <summary>Reorders a stream of documents by length, as far as a window of it allows.</summary>
internal static class LengthWindows
{
    /// <summary>Documents in a window.</summary>
    private const int Window = 1024;

    /// <summary>The documents of each window, the longest first; equal lengths in their order.</summary>
    public static async IAsyncEnumerable<Document> LongestFirst(
        IAsyncEnumerable<Document> documents, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var window = new List<Document>(Window);
        await foreach (Document document in documents.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            window.Add(document);
            if (window.Count < Window) continue;
            foreach (Document next in window.OrderByDescending(held => held.Text.Length)) yield return next;
            window.Clear();
        }
        foreach (Document next in window.OrderByDescending(held => held.Text.Length)) yield return next;
    }
}
