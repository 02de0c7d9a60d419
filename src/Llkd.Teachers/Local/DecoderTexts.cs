namespace Llkd.Teachers.Local;

/// <summary>
/// Texts behind the same tokens, to be read and read on. Together they are one sequence in which each sees its own tokens alone, so
/// that all that is to be read next is read in one run; else one text, of which every run goes on behind keys and values of its own.
/// </summary>
/// <param name="decoder">The model.</param>
/// <param name="past">Keys and values of the tokens before; they stay the caller's.</param>
/// <param name="together">Whether the texts are one sequence.</param>
internal sealed class DecoderTexts(Decoder decoder, KeyValues past, bool together) : IDisposable
{
    /// <summary>Tokens of labels in one run at most: more of them are no faster each, and every one has a row of logits.</summary>
    private const int MostTokens = 64;

    private readonly List<DecoderRun> _runs = [];

    /// <summary>Reads the texts; the next token can be told behind the last one of each.</summary>
    /// <param name="texts">At least one token each; one text where they are not read together.</param>
    /// <param name="readOn">Whether they may be read on from.</param>
    /// <exception cref="RunFailedException">ONNX Runtime failed.</exception>
    public IReadOnlyList<DecoderReading> Read(IReadOnlyList<int[]> texts, bool readOn)
    {
        _runs.Add(decoder.Read(past, past.Length, [.. texts.Select(text => new DecoderStretch(text, 1))], readOn));
        return _runs[0].Readings;
    }

    /// <summary>Reads on, behind what <see cref="Read"/> or this gave.</summary>
    /// <exception cref="RunFailedException">ONNX Runtime failed.</exception>
    public IReadOnlyList<DecoderReading> ReadOn(IReadOnlyList<LabelFork> forks)
    {
        var further = new List<DecoderReading>();
        while (further.Count < forks.Count)
        {
            int count = 1;
            for (int sum = forks[further.Count].Tokens.Length; together && further.Count + count < forks.Count; count++)
                if ((sum += forks[further.Count + count].Tokens.Length) > MostTokens) break;
            LabelFork[] next = [.. forks.Skip(further.Count).Take(count)];
            further.AddRange(together ? ReadTogether(next) : ReadAlone(next[0]));
        }
        return further;
    }

    /// <summary>Lets go of all that is not needed any more.</summary>
    public void Keep(Predicate<IReading> needed)
    {
        // Of one sequence it is the last run, on which the next one stands.
        DecoderRun[] done = [.. together ? _runs.SkipLast(1) : _runs.Where(run => !run.Readings.Any(reading => needed(reading)))];
        foreach (DecoderRun run in done) run.Dispose();
        _runs.RemoveAll(done.Contains);
    }

    public void Dispose()
    {
        foreach (DecoderRun run in _runs) run.Dispose();
    }

    private IReadOnlyList<DecoderReading> ReadTogether(LabelFork[] forks)
    {
        DecoderStretch[] stretches = [.. forks.Select(fork => new DecoderStretch(fork.Tokens, fork.Tokens.Length, (DecoderReading)fork.Behind))];
        _runs.Add(decoder.Read(_runs[^1].Past, past.Length, stretches, readOn: true));
        // Those hold all that the ones before do.
        _runs[^2].DisposePast();
        return _runs[^1].Readings;
    }

    private IReadOnlyList<DecoderReading> ReadAlone(LabelFork fork)
    {
        KeyValues before = _runs.Single(run => run.Readings.Contains(fork.Behind)).Past;
        _runs.Add(decoder.Read(before, before.Length, [new DecoderStretch(fork.Tokens, fork.Tokens.Length)], fork.ReadsOn));
        return _runs[^1].Readings;
    }
}
