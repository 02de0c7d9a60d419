namespace Llkd.Teachers.Local;

/// <summary>
/// The tokens that all prompts begin with, and their keys and values, computed once by whoever needs them first. A prompt
/// that begins otherwise (where its text changes how the tokens before it are cut) is read from its own beginning.
/// </summary>
internal sealed class SharedBeginning(int[] tokens, Func<int[], DecoderRun> read) : IDisposable
{
    private readonly Lazy<DecoderRun> _reading = new(() => read(tokens));

    /// <summary>Number of the tokens.</summary>
    public int Length => tokens.Length;

    /// <summary>Keys and values to read a prompt on from; null where it begins otherwise or has nothing beyond.</summary>
    public KeyValues? For(ReadOnlySpan<int> prompt) =>
        tokens.Length > 0 && prompt.Length > tokens.Length && prompt.StartsWith(tokens) ? _reading.Value.Past : null;

    /// <summary>Computes them now.</summary>
    public void Read()
    {
        if (tokens.Length > 0) _ = _reading.Value;
    }

    public void Dispose()
    {
        if (_reading.IsValueCreated) _reading.Value.Dispose();
    }
}
