namespace Llkd.Students.Transformer;

/// <summary>
/// Seeds of dropout, one for each stage of each pass of each step: none follows from another's draws, so a stage can be
/// computed once more, on any device, and a checkpoint need not keep a generator's state.
/// </summary>
/// <param name="Seed">The student's.</param>
/// <param name="Step">Optimiser steps done before.</param>
/// <param name="Pass">Forward pass of the step.</param>
internal readonly record struct DropoutSeeds(ulong Seed, long Step, int Pass)
{
    /// <summary>The seed of a stage.</summary>
    public ulong At(int stage) => Mix(Mix(Mix(Seed + (ulong)Step) + (ulong)Pass) + (ulong)stage);

    /// <summary>A step of SplitMix64 (Steele et al. 2014).</summary>
    public static ulong Mix(ulong x)
    {
        x += 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
