using System.Collections;

namespace Llkd.Documents;

/// <summary>Documents that may lie on disk: keys and labels are at hand without their texts, a document is made when it is asked for.</summary>
public abstract class DocumentList : IReadOnlyList<Document>
{
    /// <inheritdoc/>
    public abstract int Count { get; }

    /// <inheritdoc/>
    public abstract Document this[int index] { get; }

    /// <summary>Key of a document.</summary>
    public abstract DocumentKey KeyAt(int index);

    /// <summary>Gold label of a document, −1 where it is not known.</summary>
    public abstract int LabelAt(int index);

    /// <inheritdoc/>
    public IEnumerator<Document> GetEnumerator()
    {
        for (int i = 0; i < Count; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>Some documents of a list, in a given order.</summary>
/// <param name="whole">The list.</param>
/// <param name="indexes">Indexes into it; not copied.</param>
public sealed class DocumentSubset(IReadOnlyList<Document> whole, int[] indexes) : DocumentList
{
    /// <inheritdoc/>
    public override int Count => indexes.Length;

    /// <inheritdoc/>
    public override Document this[int index] => whole[indexes[index]];

    /// <inheritdoc/>
    public override DocumentKey KeyAt(int index) => whole.KeyAt(indexes[index]);

    /// <inheritdoc/>
    public override int LabelAt(int index) => whole.LabelAt(indexes[index]);
}

/// <summary>Lists one after another.</summary>
/// <param name="parts">The lists.</param>
public sealed class DocumentSequence(params IReadOnlyList<Document>[] parts) : DocumentList
{
    /// <inheritdoc/>
    public override int Count { get; } = parts.Sum(part => part.Count);

    /// <inheritdoc/>
    public override Document this[int index] => At(index, (part, i) => part[i]);

    /// <inheritdoc/>
    public override DocumentKey KeyAt(int index) => At(index, DocumentLists.KeyAt);

    /// <inheritdoc/>
    public override int LabelAt(int index) => At(index, DocumentLists.LabelAt);

    private T At<T>(int index, Func<IReadOnlyList<Document>, int, T> read)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        int part = 0;
        while (index >= parts[part].Count) index -= parts[part++].Count;
        return read(parts[part], index);
    }
}

/// <summary>What can be read of any list without making documents where it lies on disk.</summary>
public static class DocumentLists
{
    /// <summary>Key of a document.</summary>
    public static DocumentKey KeyAt(this IReadOnlyList<Document> documents, int index)
    {
        ArgumentNullException.ThrowIfNull(documents);
        return documents is DocumentList list ? list.KeyAt(index) : documents[index].Key;
    }

    /// <summary>Gold label of a document, −1 where it is not known.</summary>
    public static int LabelAt(this IReadOnlyList<Document> documents, int index)
    {
        ArgumentNullException.ThrowIfNull(documents);
        return documents is DocumentList list ? list.LabelAt(index) : documents[index].Label;
    }

    /// <summary>The documents with a gold label.</summary>
    public static IReadOnlyList<Document> WithLabel(this IReadOnlyList<Document> documents)
    {
        ArgumentNullException.ThrowIfNull(documents);
        return documents.Where(index => documents.LabelAt(index) >= 0);
    }

    /// <summary>The documents whose index fits.</summary>
    public static IReadOnlyList<Document> Where(this IReadOnlyList<Document> documents, Predicate<int> fits)
    {
        ArgumentNullException.ThrowIfNull(documents);
        ArgumentNullException.ThrowIfNull(fits);
        var indexes = new List<int>();
        for (int i = 0; i < documents.Count; i++)
            if (fits(i)) indexes.Add(i);
        return indexes.Count == documents.Count ? documents : new DocumentSubset(documents, [.. indexes]);
    }

    /// <summary>The documents' texts, each read when it is asked for.</summary>
    public static IReadOnlyList<string> Texts(this IReadOnlyList<Document> documents) => new TextList(documents);

    private sealed class TextList(IReadOnlyList<Document> documents) : IReadOnlyList<string>
    {
        public int Count => documents.Count;

        public string this[int index] => documents[index].Text;

        public IEnumerator<string> GetEnumerator()
        {
            for (int i = 0; i < Count; i++) yield return this[i];
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
