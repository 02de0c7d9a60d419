using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Llkd.Teachers.Local;

/// <summary>
/// A decoder-only model in ONNX Runtime. Several texts behind the same tokens are read in one run where the model's graph
/// allows it, so that the weights are fetched once for all of them. Several threads may read at once; each run keeps to its
/// thread.
/// </summary>
internal sealed class Decoder : IDisposable
{
    private readonly InferenceSession _session;
    private readonly DecoderSignature _signature;
    private readonly string[] _logits = ["logits"], _all;

    private Decoder(InferenceSession session, DecoderSignature signature)
    {
        (_session, _signature) = (session, signature);
        _all = ["logits", .. signature.Presents];
    }

    /// <summary>Size of the next-token distribution.</summary>
    public int Vocabulary => _signature.Vocabulary;

    /// <summary>Whether several texts are read in one run.</summary>
    public bool ReadsTogether => _signature.HidesTexts;

    /// <summary>Whether logits are computed of the wanted tokens alone.</summary>
    public bool ChoosesRows => _signature.ChoosesRows;

    /// <summary>Loads a model.</summary>
    /// <param name="path">The .onnx file.</param>
    /// <param name="config">What config.json says of it.</param>
    /// <param name="threads">Threads of one run. Texts side by side, each on one thread, use the processors better.</param>
    /// <param name="edit">Whether the graph may be changed for several texts in one run.</param>
    /// <exception cref="InputException">The file is no model of this layout, or does not fit config.json.</exception>
    public static Decoder Load(string path, DecoderConfig config, int threads = 1, bool edit = true)
    {
        Decoder? edited = edit ? Edited(path, config, threads) : null;
        // The changed model's bytes are many, and there may be no reason to collect them for a long time.
        if (edit) GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (edited is not null) return edited;
        InferenceSession session;
        try
        {
            using SessionOptions options = Options(threads);
            session = new InferenceSession(path, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InputException($"`teacher.path`: {path} cannot be loaded by ONNX Runtime; it is damaged, no ONNX model, or its file of weights is missing: {e.Message}", e);
        }
        try
        {
            return new Decoder(session, DecoderSignature.Of(session, path, config));
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>The model with its graph changed; null where that cannot be, or does not say the same.</summary>
    private static Decoder? Edited(string path, DecoderConfig config, int threads)
    {
        if (DecoderEdit.Of(path) is not { } model) return null;
        InferenceSession? session = null;
        try
        {
            using SessionOptions options = Options(threads);
            // A model from memory has no folder to find its file of weights in.
            options.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", Path.GetDirectoryName(Path.GetFullPath(path))!);
            session = new InferenceSession(model, options);
            var decoder = new Decoder(session, DecoderSignature.Of(session, path, config));
            if (decoder.AgreesWithItself()) return decoder;
        }
        catch (Exception e) when (e is OnnxRuntimeException or InputException or RunFailedException)
        {
            // The file as it is either works or says what is wrong.
        }
        session?.Dispose();
        return null;
    }

    private static SessionOptions Options(int threads) => new()
    {
        IntraOpNumThreads = threads,
        GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
        // A pattern would be kept for every length that ever came.
        EnableMemoryPattern = false,
        LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
    };

    /// <summary>Whether short texts read together give what each gives alone, and a token in the midst what it gives at the end.</summary>
    private bool AgreesWithItself()
    {
        int[] beginning = Ids(1, 3), longer = Ids(4, 4), shorter = Ids(8, 2);
        using KeyValues nothing = Nothing();
        using DecoderReading before = Read(nothing, beginning, 1);
        using DecoderReading three = Read(before.Past, longer.AsSpan(0, 3), 1), four = Read(before.Past, longer, 2), two = Read(before.Past, shorter, 1);
        if (!Near(three.Logits(0), four.Logits(0))) return false;
        if (!ReadsTogether) return true;
        using DecoderRun together = ReadTogether(before.Past, [longer, shorter, longer], readOn: true);
        using IReading onAlone = two.Read(beginning), on = together.Readings[1].Read(beginning);
        return Near(four.Logits(1), together.Readings[0].Logits(0)) && Near(two.Logits(0), together.Readings[1].Logits(0)) && Near(four.Logits(1), together.Readings[2].Logits(0))
            && Near(((DecoderReading)onAlone).Logits(2), ((DecoderReading)on).Logits(2));

        int[] Ids(int first, int count) => [.. Enumerable.Range(first, count).Select(id => id % Vocabulary)];

        // 16-bit floats have eleven bits.
        static bool Near(ReadOnlySpan<float> one, ReadOnlySpan<float> other)
        {
            float least = float.PositiveInfinity, most = float.NegativeInfinity, difference = 0;
            for (int i = 0; i < one.Length; i++)
            {
                (least, most) = (MathF.Min(least, one[i]), MathF.Max(most, one[i]));
                difference = MathF.Max(difference, MathF.Abs(one[i] - other[i]));
            }
            return difference <= 0.02f * (most - least);
        }
    }

    /// <summary>What has been read before anything is.</summary>
    public KeyValues Nothing() => KeyValues.Empty(_signature);

    /// <summary>Reads tokens behind others.</summary>
    /// <param name="past">Keys and values of those before; they stay the caller's.</param>
    /// <param name="tokens">At least one token.</param>
    /// <param name="rows">Of how many of them, from the end, the next token is to be told.</param>
    /// <param name="readOn">Whether the reading may be read on from.</param>
    /// <exception cref="RunFailedException">ONNX Runtime failed.</exception>
    public DecoderReading Read(KeyValues past, ReadOnlySpan<int> tokens, int rows, bool readOn = true)
    {
        int total = past.Length + tokens.Length;
        IDisposableReadOnlyCollection<OrtValue> outputs = Run(past, [tokens.ToArray()], rows, readOn, out int[] firstRows);
        return new DecoderReading(this, outputs[0], firstRows[0], rows, () => new KeyValues([.. outputs.Skip(1)], total), outputs);
    }

    /// <summary>How many of these texts, from the first on, are best read in one run: together they have no more than some tokens.</summary>
    /// <param name="past">What stands before each of them.</param>
    /// <param name="lengths">Their lengths in tokens.</param>
    /// <param name="most">Tokens at most, where it is more than one text.</param>
    public int Fitting(KeyValues past, IReadOnlyList<int> lengths, int most)
    {
        if (!ReadsTogether) return Math.Min(1, lengths.Count);
        int count = 0;
        // They stand one behind the other, and GroupQueryAttention goes by the length of the whole.
        for (int sum = 0; count < lengths.Count; count++)
        {
            sum += lengths[count];
            if (count > 0 && (sum > most || past.Length + sum > _signature.Positions)) break;
        }
        return count;
    }

    /// <summary>Reads several texts, each behind the same tokens; the next token can be told behind the last one of each.</summary>
    /// <param name="past">Keys and values of those before; they stay the caller's.</param>
    /// <param name="texts">At least one token each.</param>
    /// <param name="readOn">Whether the readings may be read on from.</param>
    /// <exception cref="RunFailedException">ONNX Runtime failed.</exception>
    public DecoderRun ReadTogether(KeyValues past, IReadOnlyList<int[]> texts, bool readOn)
    {
        IDisposableReadOnlyCollection<OrtValue> outputs = Run(past, texts, 1, readOn, out int[] firstRows);
        var readings = new DecoderReading[texts.Count];
        for (int i = 0, start = past.Length; i < readings.Length; i++)
        {
            (int from, int count) = (start, texts[i].Length);
            readings[i] = new DecoderReading(this, outputs[0], firstRows[i], 1, () => KeyValues.Of(outputs.Skip(1), past.Length, from, count), null);
            start += count;
        }
        return new DecoderRun(readings, outputs);
    }

    public void Dispose() => _session.Dispose();

    /// <summary>One run over one text, or over several behind the same past.</summary>
    /// <param name="past">What stands before each of them.</param>
    /// <param name="texts">Their tokens.</param>
    /// <param name="rows">Of how many tokens of each, from the end, logits are wanted.</param>
    /// <param name="readOn">Whether keys and values are wanted.</param>
    /// <param name="firstRows">Receives the first row of each text among those of the logits.</param>
    private IDisposableReadOnlyCollection<OrtValue> Run(KeyValues past, IReadOnlyList<int[]> texts, int rows, bool readOn, out int[] firstRows)
    {
        int length = texts.Sum(text => text.Length), total = past.Length + length;
        var ids = new long[length];
        var positions = new long[length];
        var mask = new long[total];
        Array.Fill(mask, 1);
        var ends = new int[texts.Count];
        for (int i = 0, at = 0; i < texts.Count; i++)
        {
            for (int j = 0; j < texts[i].Length; j++, at++) (ids[at], positions[at]) = (texts[i][j], past.Length + j);
            ends[i] = at;
        }
        long[] chosen = [.. ends.SelectMany(end => Enumerable.Range(end - rows, rows)).Select(row => (long)row)];
        var own = new List<OrtValue>();
        var values = new OrtValue[_signature.Inputs.Count];
        try
        {
            for (int i = 0; i < values.Length; i++)
            {
                DecoderInput input = _signature.Inputs[i];
                if (input.Kind == DecoderInputKind.Past)
                {
                    values[i] = past.Values[input.Index];
                    continue;
                }
                own.Add(values[i] = input.Kind switch
                {
                    DecoderInputKind.Ids => OrtValue.CreateTensorValueFromMemory(ids, [1, length]),
                    DecoderInputKind.Mask => OrtValue.CreateTensorValueFromMemory(mask, [1, total]),
                    DecoderInputKind.Positions => OrtValue.CreateTensorValueFromMemory(positions, [1, length]),
                    DecoderInputKind.Rows => OrtValue.CreateTensorValueFromMemory(chosen, [chosen.Length]),
                    DecoderInputKind.Bias when _signature.KeyValueType == TensorElementType.Float16 => OrtValue.CreateTensorValueFromMemory(Bias(texts, past.Length, Float16.NegativeInfinity), [1, 1, length, total]),
                    DecoderInputKind.Bias => OrtValue.CreateTensorValueFromMemory(Bias(texts, past.Length, float.NegativeInfinity), [1, 1, length, total]),
                    // Of which tokens is chosen behind it, where it can be.
                    _ => OrtValue.CreateTensorValueFromMemory([(long)(ChoosesRows || texts.Count > 1 ? length : rows)], []),
                });
            }
            using var run = new RunOptions();
            IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(run, _signature.InputNames, values, readOn ? _all : _logits);
            // As they are, models that know `num_logits_to_keep` give the rows asked for, all others one for every token.
            int given = (int)outputs[0].GetTensorTypeAndShape().Shape[1];
            firstRows = [.. ends.Select((end, i) => ChoosesRows ? i * rows : given - length + end - rows)];
            return outputs;
        }
        catch (OnnxRuntimeException e)
        {
            throw new RunFailedException($"The model failed on {length} tokens behind {past.Length}: {e.Message}", e);
        }
        finally
        {
            foreach (OrtValue value in own) value.Dispose();
        }
    }

    /// <summary>What hides the texts of one sequence from those behind them, [tokens, tokens with those before].</summary>
    private static T[] Bias<T>(IReadOnlyList<int[]> texts, int before, T hidden) where T : unmanaged
    {
        int length = texts.Sum(text => text.Length), total = before + length;
        var bias = new T[length * total];
        int start = 0;
        foreach (int[] text in texts)
        {
            for (int row = start; row < start + text.Length; row++) bias.AsSpan(row * total + before, start).Fill(hidden);
            start += text.Length;
        }
        return bias;
    }
}
