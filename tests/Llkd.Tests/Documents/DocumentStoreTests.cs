using CsCheck;
using Llkd.Documents;

namespace Llkd.Tests.Documents;

public sealed class DocumentStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llkd-store-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Any UTF-16 there can be, lone surrogates too; long and short; with and without an id.</summary>
    private static readonly Gen<Document[]> Documents = Gen.Select(
            Gen.OneOf(Gen.Char.Array[1, 40], Gen.Char['\ud7f0', '\ue010'].Array[1, 6], Gen.Char['a', 'z'].Array[900, 3000]),
            Gen.Int[0, 3], Gen.Int[-1, 5], Gen.Long[1, 1L << 40],
            (text, id, label, row) => new Document(DocumentKey.Of(new string(text)), row, id == 0 ? null : new string('\udc00', id - 1), new string(text), label))
        .Array[0, 60];

    [Fact]
    public void What_was_added_comes_back_from_memory_and_from_disk() => Gen.Select(Documents, Gen.Int[0, 4000]).Sample((documents, inMemory) =>
    {
        using var store = new DocumentStore(_folder, inMemory);
        foreach (Document document in documents) store.Add(document);
        store.Complete();
        Assert.Equal(documents, store);
        for (int i = 0; i < documents.Length; i++)
        {
            Assert.Equal(documents[i].Key, store.KeyAt(i));
            Assert.Equal(documents[i].Label, store.LabelAt(i));
        }
    });

    [Fact]
    public void Small_texts_make_no_file_and_large_ones_leave_none_behind()
    {
        using (var store = new DocumentStore(_folder))
        {
            store.Add(Document("small"));
            store.Complete();
            Assert.False(store.IsOnDisk);
        }
        using (var store = new DocumentStore(_folder, 1000))
        {
            for (int i = 0; i < 100; i++) store.Add(Document($"text {i} that is one of many"));
            store.Complete();
            Assert.True(store.IsOnDisk);
            Assert.Equal("text 57 that is one of many", store[57].Text);
        }
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Several_threads_may_read()
    {
        using var store = new DocumentStore(_folder, 1000);
        for (int i = 0; i < 2000; i++) store.Add(Document($"text {i}"));
        store.Complete();
        Parallel.For(0, 20_000, n => Assert.Equal($"text {n % 2000}", store[n % 2000].Text));
    }

    [Fact]
    public void Parts_and_sequences_show_the_documents_of_their_lists()
    {
        Document[] some = [.. Enumerable.Range(0, 5).Select(i => Document($"text {i}") with { Label = i - 1 })];
        var part = new DocumentSubset(some, [4, 1]);
        var sequence = new DocumentSequence([], part, [], some);
        Assert.Equal([some[4], some[1], .. some], sequence);
        Assert.Equal([some[4].Key, some[1].Key], Enumerable.Range(0, 2).Select(sequence.KeyAt));
        Assert.Equal([3, 0, -1, 0], Enumerable.Range(0, 4).Select(sequence.LabelAt));
        Assert.Equal(["text 4", "text 1"], part.Texts());
        Assert.Equal([some[1], some[2], some[3], some[4]], some.WithLabel());
        Assert.Throws<ArgumentOutOfRangeException>(() => sequence[7]);
    }

    private static Document Document(string text) => new(DocumentKey.Of(text), 1, null, text, -1);
}
