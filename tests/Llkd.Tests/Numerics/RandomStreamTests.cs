using CsCheck;
using Llkd.Numerics;

namespace Llkd.Tests.Numerics;

public sealed class RandomStreamTests
{
    /// <summary>
    /// The first outputs of the published xoshiro256** from the state (1, 2, 3, 4), the same numbers that the tests of
    /// other implementations (Rust's rand_xoshiro, NumPy's derivatives) hold against the authors' C code.
    /// </summary>
    [Fact]
    public void The_numbers_are_the_published_ones()
    {
        var stream = new RandomStream(1, "any") { State = [1, 2, 3, 4] };
        ulong[] published =
        [
            11520, 0, 1509978240, 1215971899390074240, 1216172134540287360, 607988272756665600,
            16172922978634559625, 8476171486693032832, 10595114339597558777, 2904607092377533576,
        ];
        foreach (ulong expected in published) Assert.Equal(expected, stream.NextBits());
    }

    [Fact]
    public void From_any_state_the_numbers_are_those_of_the_published_algorithm() =>
        Gen.ULong[1, ulong.MaxValue].Array[4].Sample(state =>
        {
            var stream = new RandomStream(1, "any") { State = state };
            UInt128[] s = [.. state.Select(word => (UInt128)word)];
            for (int i = 0; i < 20; i++)
            {
                // In 128 bits and by arithmetic, so that nothing of the product's shifts is repeated here.
                UInt128 scrambled = Rotate(s[1] * 5 % Word, 7) * 9 % Word;
                Assert.Equal((ulong)scrambled, stream.NextBits());
                UInt128 t = s[1] * 131072 % Word;
                s[2] ^= s[0];
                s[3] ^= s[1];
                s[1] ^= s[2];
                s[0] ^= s[3];
                s[2] ^= t;
                s[3] = Rotate(s[3], 45);
            }
        });

    private static readonly UInt128 Word = (UInt128)1 << 64;

    private static UInt128 Rotate(UInt128 value, int bits) => value * ((UInt128)1 << bits) % Word + value / ((UInt128)1 << (64 - bits));

    [Fact]
    public void A_restored_state_goes_on_where_it_was_read() => Gen.Select(Gen.Long, Gen.Int[0, 50]).Sample((seed, used) =>
    {
        var stream = new RandomStream(seed, "order");
        for (int i = 0; i < used; i++) stream.NextBits();
        var other = new RandomStream(seed + 1, "another") { State = stream.State };
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(stream.NextDouble(), other.NextDouble());
            Assert.Equal(stream.NextGaussian(), other.NextGaussian());
            Assert.Equal(stream.NextInt32(1000), other.NextInt32(1000));
        }
    });

    [Fact]
    public void Streams_of_other_names_and_other_seeds_differ()
    {
        var firsts = new HashSet<ulong>();
        foreach (string name in new[] { "order", "dropout", "weights", "selection", "filter", "holdout", "" })
            for (long seed = -50; seed < 50; seed++)
                Assert.True(firsts.Add(new RandomStream(seed, name).NextBits()), $"{name} {seed}");
    }

    [Theory]
    [InlineData(new ulong[] { 0, 0, 0, 0 })]
    [InlineData(new ulong[] { 1, 2, 3 })]
    public void A_state_that_is_none_is_refused(ulong[] state) =>
        Assert.Throws<ArgumentException>(() => new RandomStream(1, "any").State = state);

    [Fact]
    public void Shuffling_permutes() => Gen.Select(Gen.Int.Array[0, 40], Gen.Long).Sample((items, seed) =>
    {
        int[] shuffled = (int[])items.Clone();
        new RandomStream(seed, "order").Shuffle(shuffled.AsSpan());
        Assert.Equal(items.Order(), shuffled.Order());
    });

    /// <summary>χ² over the 24 orders of four things: 23 degrees of freedom, whose 1 − 10⁻⁹ quantile is 88.6.</summary>
    [Fact]
    public void Every_order_is_equally_likely()
    {
        long seed = Random.Shared.NextInt64();
        var stream = new RandomStream(seed, "order");
        const int Draws = 24_000;
        var counts = new Dictionary<string, int>();
        for (int draw = 0; draw < Draws; draw++)
        {
            char[] items = ['a', 'b', 'c', 'd'];
            stream.Shuffle(items.AsSpan());
            counts[new string(items)] = counts.GetValueOrDefault(new string(items)) + 1;
        }
        double chiSquare = counts.Values.Sum(count => Math.Pow(count - Draws / 24.0, 2) / (Draws / 24.0));
        Assert.Equal(24, counts.Count);
        Assert.True(chiSquare < 88.6, $"χ² = {chiSquare} with seed {seed}");
    }

    /// <summary>A bound of 3 · 2³⁰ / 2: taking the remainder of 32 bits would favour the lower numbers by a third.</summary>
    [Fact]
    public void Whole_numbers_are_without_bias_where_a_remainder_would_not_be()
    {
        long seed = Random.Shared.NextInt64();
        var stream = new RandomStream(seed, "any");
        const int Bound = 3 << 29, Draws = 60_000;
        int lower = 0;
        for (int i = 0; i < Draws; i++)
        {
            int value = stream.NextInt32(Bound);
            Assert.InRange(value, 0, Bound - 1);
            if (value < Bound / 2) lower++;
        }
        // A half, ± 6 standard deviations of sqrt(n)/2.
        Assert.True(Math.Abs(lower - Draws / 2) < 3 * Math.Sqrt(Draws), $"{lower} of {Draws} with seed {seed}");
    }

    [Fact]
    public void Gaussian_numbers_have_mean_zero_and_variance_one()
    {
        long seed = Random.Shared.NextInt64();
        var stream = new RandomStream(seed, "weights");
        const int Draws = 100_000;
        double[] values = [.. Enumerable.Range(0, Draws).Select(_ => stream.NextGaussian())];
        double mean = values.Average(), variance = values.Average(v => v * v), fourth = values.Average(v => v * v * v * v);
        // ± 6 standard errors: sqrt(1/n), sqrt(2/n), sqrt(96/n).
        Assert.True(Math.Abs(mean) < 6 * Math.Sqrt(1.0 / Draws), $"mean {mean} with seed {seed}");
        Assert.True(Math.Abs(variance - 1) < 6 * Math.Sqrt(2.0 / Draws), $"variance {variance} with seed {seed}");
        Assert.True(Math.Abs(fourth - 3) < 6 * Math.Sqrt(96.0 / Draws), $"fourth moment {fourth} with seed {seed}");
    }
}
