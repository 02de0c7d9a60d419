using Llkd.Numerics;

namespace Llkd.Tests.Numerics;

public sealed class SplitMix64Tests
{
    /// <summary>The outputs that Rosetta Code's task "Pseudo-random numbers/Splitmix64" asks for.</summary>
    [Fact]
    public void The_numbers_are_the_published_ones()
    {
        ulong state = 1234567;
        foreach (ulong expected in new ulong[] { 6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821 })
            Assert.Equal(expected, SplitMix64.Next(ref state));
        Assert.Equal(6457827717110365317UL, SplitMix64.Mix(1234567));
    }
}
