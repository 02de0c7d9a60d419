using Microsoft.ML.OnnxRuntime;

namespace Llkd.Teachers.Local;

/// <summary>What one run gave.</summary>
/// <param name="readings">What it says of the stretches, in the order in which they were given.</param>
/// <param name="past">Keys and values of everything read so far, in <paramref name="outputs"/>; null where they were not wanted.</param>
/// <param name="outputs">What is disposed of with it.</param>
internal sealed class DecoderRun(IReadOnlyList<DecoderReading> readings, KeyValues? past, IDisposableReadOnlyCollection<OrtValue> outputs) : IDisposable
{
    public IReadOnlyList<DecoderReading> Readings => readings;

    /// <summary>Keys and values of everything read so far, to read on from; they live as long as this does.</summary>
    public KeyValues Past => past ?? throw new InvalidOperationException("The run gave no keys and values.");

    /// <summary>Lets go of keys and values that a later run has too; what the readings say stays.</summary>
    public void DisposePast() => past?.Dispose();

    public void Dispose() => outputs.Dispose();
}
