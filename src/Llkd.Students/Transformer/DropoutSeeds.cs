using Llkd.Numerics;

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
    public ulong At(int stage) => SplitMix64.Mix(SplitMix64.Mix(SplitMix64.Mix(Seed + (ulong)Step) + (ulong)Pass) + (ulong)stage);
}
