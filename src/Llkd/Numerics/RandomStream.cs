using System.IO.Hashing;
using System.Text;

namespace Llkd.Numerics;

/// <summary>
/// A named stream of pseudo-random numbers (xoshiro256**, Blackman and Vigna 2018) whose state can be saved. One seed
/// gives any number of independent streams by name (data order, dropout, initial weights), so that using more numbers
/// of one does not shift another. The numbers are the same on every machine and every .NET version, but for
/// <see cref="NextGaussian"/>, whose last bit is as good as the platform's logarithm and cosine.
/// </summary>
public sealed class RandomStream
{
    private ulong _s0, _s1, _s2, _s3;

    /// <summary>Starts the stream of that name under a seed.</summary>
    public RandomStream(long seed, string name)
    {
        ulong state = XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(name), seed);
        _s0 = SplitMix64.Next(ref state);
        _s1 = SplitMix64.Next(ref state);
        _s2 = SplitMix64.Next(ref state);
        _s3 = SplitMix64.Next(ref state);
    }

    /// <summary>The four state words; assigning them continues where they were read.</summary>
    /// <exception cref="ArgumentException">Not four words, or all of them zero.</exception>
    public ulong[] State
    {
        get => [_s0, _s1, _s2, _s3];
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.Length != 4 || value.All(word => word == 0))
                throw new ArgumentException("A random stream's state is four words, not all zero.", nameof(value));
            (_s0, _s1, _s2, _s3) = (value[0], value[1], value[2], value[3]);
        }
    }

    /// <summary>The next 64 random bits.</summary>
    public ulong NextBits()
    {
        ulong result = ulong.RotateLeft(_s1 * 5, 7) * 9;
        ulong t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = ulong.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>A number in [0, 1).</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A number in [0, 1) with 24 random bits.</summary>
    public float NextSingle() => (NextBits() >> 40) * (1f / (1 << 24));

    /// <summary>A standard normal number (Box and Muller 1958; the second of the pair is thrown away, so that there is no hidden state).</summary>
    public double NextGaussian() =>
        Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());

    /// <summary>A whole number in [0, bound), without bias (Lemire 2019).</summary>
    public int NextInt32(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        uint range = (uint)bound;
        ulong product = (NextBits() >> 32) * range;
        if ((uint)product < range)
        {
            uint floor = (0u - range) % range;
            while ((uint)product < floor) product = (NextBits() >> 32) * range;
        }
        return (int)(product >> 32);
    }

    /// <summary>Shuffles in place (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = NextInt32(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
