using Llkd.Numerics;
using Llkd.Students.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Llkd.Students.Tests.Transformer;

[Collection(nameof(OneAtATime))]
public sealed class DropoutTests
{
    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void A_mask_is_0_with_its_probability_and_keeps_the_mean(double probability)
    {
        var mask = new float[1_000_003];
        DropoutMasks.Fill(mask, probability, 42, 1);
        float kept = (float)(1 / (1 - probability));
        Assert.All(mask, value => Assert.True(value == 0 || value == kept));
        double zeros = mask.Count(value => value == 0), deviation = Math.Sqrt(mask.Length * probability * (1 - probability));
        Assert.InRange(zeros, mask.Length * probability - 5 * deviation, mask.Length * probability + 5 * deviation);
        // Neighbours, the same lane of the next eight, and the same place of the next chunk do not follow from one another.
        foreach (int apart in new[] { 1, 8, 8192 })
        {
            int both = Enumerable.Range(0, mask.Length - apart).Count(i => mask[i] == 0 && mask[i + apart] == 0);
            double expected = (mask.Length - apart) * probability * probability;
            Assert.InRange(both, expected - 6 * Math.Sqrt(expected), expected + 6 * Math.Sqrt(expected));
        }
    }

    [Fact]
    public void No_lane_of_any_chunk_repeats_another_one()
    {
        const int Chunk = 8192, Chunks = 256;
        var mask = new float[Chunk * Chunks];
        DropoutMasks.Fill(mask, 0.5, 42, 1);
        var begun = new HashSet<ulong>();
        for (int chunk = 0; chunk < Chunks; chunk++)
        {
            for (int lane = 0; lane < 8; lane++)
            {
                ulong bits = 0;
                for (int i = 0; i < 64; i++) bits = bits << 1 | (mask[chunk * Chunk + i * 8 + lane] == 0 ? 1UL : 0);
                Assert.True(begun.Add(bits), $"Lane {lane} of chunk {chunk} begins as another one does.");
            }
        }
    }

    /// <summary>The generator in scalar steps, one lane at a time, as its authors write it.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(8192)]
    [InlineData(100_003)]
    public void Lanes_are_xoshiro128_plus_plus_whatever_the_threads(int length)
    {
        const ulong Key = 0xFEDCBA9876543210;
        const double Probability = 0.3;
        var expected = new float[length];
        for (int chunk = 0; chunk * 8192 < length; chunk++)
        {
            ulong state = SplitMix64.Mix(Key + (ulong)chunk);
            var words = new uint[32];
            for (int i = 0; i < 16; i++)
            {
                ulong mixed = SplitMix64.Next(ref state);
                (words[2 * i], words[2 * i + 1]) = ((uint)mixed, (uint)(mixed >> 32));
            }
            for (int lane = 0; lane < 8; lane++)
            {
                uint a = words[lane], b = words[8 + lane], c = words[16 + lane], d = words[24 + lane];
                for (int i = chunk * 8192 + lane; i < Math.Min(length, (chunk + 1) * 8192); i += 8)
                {
                    uint drawn = uint.RotateLeft(a + d, 7) + a, shifted = b << 9;
                    c ^= a;
                    d ^= b;
                    b ^= c;
                    a ^= d;
                    c ^= shifted;
                    d = uint.RotateLeft(d, 11);
                    expected[i] = drawn < Math.Round(Probability * 4294967296) ? 0 : (float)(1 / (1 - Probability));
                }
            }
        }
        foreach (int threads in new[] { 1, 2, 5 })
        {
            var mask = new float[length];
            DropoutMasks.Fill(mask, Probability, Key, threads);
            Assert.Equal(expected, mask);
        }
    }

    [Fact]
    public void Masks_of_a_stage_differ_and_come_again_with_its_seed()
    {
        using DisposeScope scope = NewDisposeScope();
        DropoutMasks one = new(0.5, 7, 1, CPU), again = new(0.5, 7, 1, CPU), other = new(0.5, 8, 1, CPU);
        float[] first = NetworkWeight.Copy(one.Next([40, 50], ScalarType.Float32)), second = NetworkWeight.Copy(one.Next([40, 50], ScalarType.Float32));
        Assert.NotEqual(first, second);
        Assert.Equal(first, NetworkWeight.Copy(again.Next([40, 50], ScalarType.Float32)));
        Assert.Equal(second, NetworkWeight.Copy(again.Next([40, 50], ScalarType.Float32)));
        Assert.NotEqual(first, NetworkWeight.Copy(other.Next([40, 50], ScalarType.Float32)));
    }

    /// <summary>What a device without this memory does, run here.</summary>
    [Fact]
    public void A_devices_own_generator_gives_masks_of_the_same_kind()
    {
        using DisposeScope scope = NewDisposeScope();
        var masks = new DropoutMasks(0.25, 7, 1, CPU);
        float[] mask = NetworkWeight.Copy(masks.FromGenerator([200, 500], ScalarType.Float32, 3));
        Assert.All(mask, value => Assert.True(value == 0 || value == 1 / 0.75f));
        Assert.InRange(mask.Count(value => value == 0), 24_000, 26_000);
        Assert.Equal(mask, NetworkWeight.Copy(masks.FromGenerator([200, 500], ScalarType.Float32, 3)));
        Assert.NotEqual(mask, NetworkWeight.Copy(masks.FromGenerator([200, 500], ScalarType.Float32, 4)));
    }

    /// <summary>A probability of less than 2⁻³³ drops nothing, so the path with masks must give what the one without gives.</summary>
    [Theory]
    [InlineData(Pooling.Cls)]
    [InlineData(Pooling.Mean)]
    public void Attention_with_masks_that_drop_nothing_is_attention_without(Pooling pooling)
    {
        float[][] gradients = EngineTests.Gradients(Toy.Options with { Dropout = 1e-12 }, pooling), plain = EngineTests.Gradients(Toy.Options with { Dropout = 0 }, pooling);
        EngineTests.AssertNear(plain, gradients, 2e-6);
        Assert.NotEqual(plain, EngineTests.Gradients(Toy.Options with { Dropout = 0.1 }, pooling));
    }
}
