namespace Llkd.Numerics;

/// <summary>SplitMix64 (Steele, Lea and Flood 2014): seeds for other generators from one number.</summary>
public static class SplitMix64
{
    /// <summary>Added to the state before every output.</summary>
    private const ulong Gamma = 0x9E3779B97F4A7C15;

    /// <summary>The next 64 bits.</summary>
    /// <param name="state">Any number; receives the state to go on from.</param>
    public static ulong Next(ref ulong state)
    {
        ulong z = state += Gamma;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>The first output from a state: a number's bits, thoroughly mixed.</summary>
    /// <param name="state">Any number.</param>
    public static ulong Mix(ulong state) => Next(ref state);
}
