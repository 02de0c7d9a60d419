using CsCheck;
using Llkd.Documents;

namespace Llkd.Tests.Documents;

public sealed class KeyIndexTests
{
    /// <summary>Few different lower halves, so that many keys want the same place.</summary>
    [Fact]
    public void It_finds_what_a_dictionary_finds() =>
        Gen.Select(Gen.Select(Gen.ULong[0, 20], Gen.ULong[0, 6], (high, low) => new DocumentKey(high, low)).Array[0, 300], Gen.Int[0, 100])
            .Sample((keys, expected) =>
            {
                var firsts = new Dictionary<DocumentKey, int>();
                var index = new KeyIndex(i => keys[i], expected);
                for (int i = 0; i < keys.Length; i++)
                {
                    bool added = firsts.TryAdd(keys[i], i);
                    Assert.Equal(added, index.TryAdd(i, out int first));
                    Assert.Equal(firsts[keys[i]], first);
                }
                Assert.Equal(firsts.Count, index.Count);
                for (ulong high = 0; high <= 21; high++)
                    for (ulong low = 0; low <= 7; low++)
                        Assert.Equal(firsts.GetValueOrDefault(new DocumentKey(high, low), -1), index.Find(new DocumentKey(high, low)));
            });
}
