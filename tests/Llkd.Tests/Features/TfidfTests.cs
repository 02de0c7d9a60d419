using Llkd.Features;

namespace Llkd.Tests.Features;

public sealed class TfidfTests
{
    private static readonly TfidfOptions s_words = new() { LongestNgram = 1, MinCount = 1, SublinearTf = false };

    [Fact]
    public void Vectors_are_as_by_hand()
    {
        SparseRows row = Tfidf.Fit(["red car", "Red red bus!"], s_words).Transform(["red, RED car; unknown"]);

        // red: in both texts, idf ln(3/3) + 1 = 1, tf 2. car: in one, idf ln(3/2) + 1 = 1.405465, tf 1.
        double length = Math.Sqrt(4 + 1.405465108 * 1.405465108);
        Assert.Equal([0, 1], row.Columns(0).ToArray());
        Assert.Equal(2 / length, row.Values(0)[0], 6);
        Assert.Equal(1.405465108 / length, row.Values(0)[1], 6);
    }

    [Fact]
    public void A_sublinear_count_is_one_and_its_logarithm()
    {
        SparseRows row = Tfidf.Fit(["red car", "Red red bus!"], s_words with { SublinearTf = true }).Transform(["red, RED car"]);
        Assert.Equal((1 + Math.Log(2)) / 1.405465108, row.Values(0)[0] / row.Values(0)[1], 5);
    }

    [Fact]
    public void Word_pairs_are_features_beside_words_and_rare_ones_can_be_left_out()
    {
        var options = new TfidfOptions { MinCount = 1 };
        Assert.Equal(5, Tfidf.Fit(["not paid yet", "not"], options).Count); // not, not paid, paid, paid yet, yet
        Assert.Equal(1, Tfidf.Fit(["not paid yet", "not"]).Count);
        Assert.Equal(0, Tfidf.Fit(["not paid"], options).Transform(["?!"]).Values(0).Length);
    }

    [Theory]
    [InlineData("It's 3.5 o'clock!", "it|s|3|5|o|clock")]
    [InlineData("Größe naïve e\u0301te\u0301", "größe|naïve|e\u0301te\u0301")]
    [InlineData("我喜欢.NET 10。", "我|喜|欢|net|10")]
    [InlineData("", "")]
    public void A_text_falls_into_lower_case_words(string text, string words) =>
        Assert.Equal(words.Length == 0 ? [] : words.Split('|'), TextWords.Of(text));

    [Fact]
    public void A_pools_features_are_computed_once_even_where_many_threads_ask()
    {
        var pool = new PoolFeatures(["a b", "a b c", "c"]);
        int computed = 0;
        object[] seen = new object[16];
        Parallel.For(0, seen.Length, i => seen[i] = pool.Remember("key", features =>
        {
            Interlocked.Increment(ref computed);
            Thread.Yield();
            return features.Rows;
        }));
        Assert.Equal(1, computed);
        Assert.All(seen, rows => Assert.Same(pool.Rows, rows));
    }
}
