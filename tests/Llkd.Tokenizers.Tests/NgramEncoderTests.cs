using CsCheck;

namespace Llkd.Tokenizers.Tests;

public sealed class NgramEncoderTests
{
    private const int Buckets = 1 << 20;

    [Fact]
    public void A_text_of_three_words_has_three_unigrams_and_two_bigrams()
    {
        NgramEncoder encoder = NgramEncoder.Build(["red green blue"], 2, Buckets, 1);
        Assert.Equal(5, encoder.RowCount);
        Assert.Equal(5, Ids(encoder, "red green blue").Distinct().Count());
        // The last word of each n-gram leads: red, green, (red green), blue, (green blue).
        int[] ids = Ids(encoder, "red green blue");
        Assert.Equal([ids[0]], Ids(encoder, "red"));
        Assert.Equal([ids[0], ids[1], ids[2]], Ids(encoder, "red green"));
        Assert.Equal([ids[1], ids[3], ids[4]], Ids(encoder, "green blue"));
        Assert.Equal([ids[3], ids[0]], Ids(encoder, "blue red"));
    }

    [Theory]
    [InlineData(1, 6)]
    [InlineData(2, 6 + 5)]
    [InlineData(3, 6 + 5 + 4)]
    [InlineData(5, 6 + 5 + 4 + 3 + 2)]
    public void A_text_of_six_words_has_the_n_grams_of_every_length_up_to_the_longest(int order, int count)
    {
        NgramEncoder encoder = NgramEncoder.Build(["a b c d e f"], order, Buckets, 1);
        Assert.Equal(count, encoder.RowCount);
        Assert.Equal(count, Ids(encoder, "a b c d e f").Distinct().Count());
    }

    [Fact]
    public void Upper_and_lower_case_are_one()
    {
        NgramEncoder encoder = NgramEncoder.Build(["straße ÉTÉ привет"], 2, Buckets, 1);
        Assert.Equal(Ids(encoder, "straße été привет"), Ids(encoder, "STRAßE Été ПРИВЕТ"));
    }

    [Fact]
    public void Unknown_n_grams_are_left_out_and_known_ones_kept()
    {
        NgramEncoder encoder = NgramEncoder.Build(["red green", "blue"], 2, Buckets, 1);
        Assert.Equal([.. Ids(encoder, "red"), .. Ids(encoder, "blue")], Ids(encoder, "red unseen blue"));
        Assert.Empty(Ids(encoder, "nothing known here"));
        Assert.Empty(Ids(encoder, ""));
    }

    [Fact]
    public void An_n_gram_counts_by_the_texts_that_hold_it_and_not_by_its_occurrences()
    {
        NgramEncoder encoder = NgramEncoder.Build(["twice once once once", "twice"], 1, Buckets, minCount: 2);
        Assert.Equal(1, encoder.RowCount);
        Assert.Equal([0], Ids(encoder, "once twice"));
    }

    [Fact]
    public void Many_texts_are_counted_each_once()
    {
        // More than are counted at once; every word number n stands in 5,000 / n texts, twice.
        string[] texts = [.. Enumerable.Range(1, 5000).Select(i => string.Concat(Enumerable.Range(1, 20).Where(n => i % n == 0).Select(n => $"w{n} w{n} ")))];
        for (int least = 250; least <= 5000; least += 250)
            Assert.Equal(Enumerable.Range(1, 20).Count(n => 5000 / n >= least), NgramEncoder.Build(texts, 1, Buckets, least).RowCount);
    }

    [Fact]
    public void Ids_are_appended_behind_what_a_list_holds()
    {
        NgramEncoder encoder = NgramEncoder.Build(["red"], 1, Buckets, 1);
        var ids = new List<int> { 77, 78 };
        encoder.Encode("unseen red", ids);
        Assert.Equal([77, 78, 0], ids);
    }

    [Fact]
    public void Any_text_can_be_encoded_and_a_restored_encoder_does_it_alike() =>
        Gen.Select(Gen.String.Array[1, 8], Gen.String, Gen.Int[1, 5], Gen.Int[1, 3000], Gen.Int[1, 2]).Sample((pool, text, order, buckets, minCount) =>
        {
            NgramEncoder encoder = NgramEncoder.Build(pool, order, buckets, minCount);
            NgramEncoder restored = NgramEncoder.Restore(encoder.Order, encoder.BucketCount, encoder.Buckets);
            foreach (string any in pool.Append(text))
            {
                int[] ids = Ids(encoder, any);
                Assert.All(ids, id => Assert.InRange(id, 0, encoder.RowCount - 1));
                Assert.Equal(ids, Ids(restored, any));
            }
            Assert.Equal(encoder.Buckets.Order().Distinct(), encoder.Buckets);
        });

    /// <summary>Buckets are part of every saved model: what they are today they must stay.</summary>
    [Fact]
    public void Buckets_are_the_same_on_every_machine_and_in_every_version()
    {
        Assert.Equal([104784, 193903, 475033, 513380, 704198], NgramEncoder.Build(["The cat, 猫 sat"], 1, Buckets, 1).Buckets);
        Assert.Equal([426917, 552152, 741704], NgramEncoder.Build(["red green"], 2, Buckets, 1).Buckets);
    }

    private static int[] Ids(NgramEncoder encoder, string text)
    {
        var ids = new List<int>();
        encoder.Encode(text, ids);
        return [.. ids];
    }
}
