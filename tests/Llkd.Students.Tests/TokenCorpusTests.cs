using CsCheck;
using Llkd.Students.Ngram;

namespace Llkd.Students.Tests;

public sealed class TokenCorpusTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_mapped_corpus_holds_what_one_in_memory_does() =>
        Gen.OneOf(Gen.String, Gen.Const(""), Gen.String[Gen.Char["ab "], 0, 30]).Array[0, 30].Sample(texts =>
        {
            using NgramStudent student = NgramStudent.Create(texts, 2, new NgramOptions { MinCount = 1, Hidden = 1, Buckets = 100 });
            MemoryCorpus memory = MemoryCorpus.Encode(student, texts);
            using MappedCorpus mapped = MappedCorpus.Encode(_folder["pool.tokens"], student, texts);
            Assert.Equal(texts.Length, memory.Count);
            Assert.Equal(texts.Length, mapped.Count);
            var ids = new List<int>();
            for (int i = 0; i < texts.Length; i++)
            {
                ids.Clear();
                student.Encode(texts[i], ids);
                Assert.Equal(ids, memory[i].ToArray());
                Assert.Equal(ids, mapped[i].ToArray());
            }
        }, iter: 60, threads: 1);

    [Fact]
    public void A_mapped_corpus_of_many_texts_keeps_their_order()
    {
        string[] texts = [.. Enumerable.Range(0, 10_000).Select(i => string.Join(' ', Enumerable.Repeat($"w{i}", i % 7)))];
        using NgramStudent student = NgramStudent.Create(texts, 2, new NgramOptions { MinCount = 1, Hidden = 1 });
        MemoryCorpus memory = MemoryCorpus.Encode(student, texts);
        using MappedCorpus mapped = MappedCorpus.Encode(_folder["pool.tokens"], student, texts);
        Assert.Equal(texts.Length, mapped.Count);
        for (int i = 0; i < texts.Length; i++) Assert.True(memory[i].SequenceEqual(mapped[i]), $"text {i}");
    }

    [Fact]
    public void A_corpus_of_nothing_and_one_of_empty_texts_can_be_read()
    {
        using NgramStudent student = NgramStudent.Create(["a"], 2, new NgramOptions { MinCount = 1 });
        using MappedCorpus nothing = MappedCorpus.Encode(_folder["nothing"], student, []);
        using MappedCorpus empty = MappedCorpus.Encode(_folder["empty"], student, ["", " ", ""]);
        Assert.Equal(0, nothing.Count);
        Assert.Equal(0, MemoryCorpus.Encode(student, []).Count);
        Assert.Equal(3, empty.Count);
        for (int i = 0; i < 3; i++) Assert.Equal(0, empty[i].Length);
    }

    [Fact]
    public void A_file_of_an_earlier_run_is_written_anew()
    {
        using NgramStudent student = NgramStudent.Create(["a b c"], 2, new NgramOptions { MinCount = 1 });
        MappedCorpus.Encode(_folder["pool"], student, ["a b c", "a b c"]).Dispose();
        using MappedCorpus corpus = MappedCorpus.Encode(_folder["pool"], student, ["a"]);
        Assert.Equal(1, corpus.Count);
        Assert.Equal(1, corpus[0].Length);
    }

    [Fact]
    public void Reading_outside_the_corpus_or_after_its_end_is_an_error_and_not_a_crash()
    {
        using NgramStudent student = NgramStudent.Create(["a"], 2, new NgramOptions { MinCount = 1 });
        MappedCorpus corpus = MappedCorpus.Encode(_folder["pool"], student, ["a"]);
        Assert.Throws<ArgumentOutOfRangeException>(() => corpus[1].Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => corpus[-1].Length);
        corpus.Dispose();
        corpus.Dispose();
        Assert.Throws<ObjectDisposedException>(() => corpus[0].Length);
    }

    [Fact]
    public void A_place_that_cannot_be_written_fails_the_run_and_is_named()
    {
        using NgramStudent student = NgramStudent.Create(["a"], 2, new NgramOptions());
        string path = Path.Combine(_folder["no such folder"], "pool");
        Assert.Contains(path, Assert.Throws<RunFailedException>(() => MappedCorpus.Encode(path, student, ["a"])).Message, StringComparison.Ordinal);
    }
}
