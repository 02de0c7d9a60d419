namespace Llkd.Teachers.Local;

/// <summary>The texts of one run, in the order in which they were given.</summary>
internal sealed class DecoderRun(IReadOnlyList<DecoderReading> readings, IDisposable outputs) : IDisposable
{
    public IReadOnlyList<DecoderReading> Readings => readings;

    public void Dispose()
    {
        foreach (DecoderReading reading in readings) reading.Dispose();
        outputs.Dispose();
    }
}
