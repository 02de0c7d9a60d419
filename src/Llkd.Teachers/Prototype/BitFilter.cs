namespace Llkd.Teachers.Prototype;

/// <summary>Says of most features that were not added that they were not, from 32 KB that stay in the processor's nearest memory.</summary>
internal sealed class BitFilter
{
    private const int Bits = 1 << 18;
    private readonly ulong[] _words = new ulong[Bits / 64];

    /// <summary>Adds a feature.</summary>
    public void Add(ulong feature) => _words[feature % Bits / 64] |= 1UL << (int)(feature % 64);

    /// <summary>False only for a feature whose lower bits none that was added has.</summary>
    public bool MayHold(ulong feature) => (_words[feature % Bits / 64] >> (int)(feature % 64) & 1) != 0;
}
