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
        if (DecoderEdit.Of(path, config.HasWindow) is not { } model) return null;
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
        int[] beginning = Ids(1, 3), longer = Ids(4, 4), shorter = Ids(8, 2), on = Ids(11, 3);
        using KeyValues nothing = Nothing();
        using DecoderRun before = Read(nothing, 0, [new(beginning, 1)], readOn: true);
        using DecoderRun three = Alone(longer[..3], 1), four = Alone(longer, 2), two = Alone(shorter, 1);
        if (!Near(three.Readings[0].Logits(0), four.Readings[0].Logits(0))) return false;
        if (!ReadsTogether) return true;
        using DecoderRun together = Read(before.Past, 3, [new(longer, 1), new(shorter, 1), new(longer, 1)], readOn: true);
        using DecoderRun onAlone = Alone([.. shorter, .. on], 3), onTogether = Read(together.Past, 3, [new(on, 1, together.Readings[0]), new(on, 3, together.Readings[1])], readOn: false);
        return Near(four.Readings[0].Logits(1), together.Readings[0].Logits(0)) && Near(two.Readings[0].Logits(0), together.Readings[1].Logits(0))
            && Near(four.Readings[0].Logits(1), together.Readings[2].Logits(0)) && Near(onAlone.Readings[0].Logits(2), onTogether.Readings[1].Logits(2));

        DecoderRun Alone(int[] tokens, int rows) => Read(before.Past, 3, [new(tokens, rows)], readOn: false);

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

    /// <summary>How many of these texts, from the first on, are read in one run: at most <paramref name="most"/> tokens, with room for <paramref name="further"/> ones behind each.</summary>
    /// <param name="past">What stands before each of them.</param>
    /// <param name="lengths">Their lengths in tokens.</param>
    /// <param name="most">Tokens at most, where it is more than one text.</param>
    /// <param name="further">Tokens that may be read behind each of them.</param>
    /// <returns>0 where texts are not read together, or the model's positions have no room for one of them with all that may be read behind it.</returns>
    public int Fitting(KeyValues past, IReadOnlyList<int> lengths, int most, int further)
    {
        if (!ReadsTogether) return 0;
        int count = 0;
        // They stand one behind the other, and GroupQueryAttention goes by the length of the whole.
        for (int sum = 0; count < lengths.Count; count++)
        {
            sum += lengths[count];
            if ((count > 0 && sum > most) || past.Length + sum + (long)further * (count + 1) > _signature.Positions) break;
        }
        return count;
    }

    public void Dispose() => _session.Dispose();

    /// <summary>Reads stretches of tokens, each behind the same past or behind what it holds of one text.</summary>
    /// <param name="past">Keys and values of everything read so far; they stay the caller's.</param>
    /// <param name="shared">How many tokens of the past, from its beginning, all stretches see.</param>
    /// <param name="stretches">What is to be read; one, behind all of the past, where texts are not read together.</param>
    /// <param name="readOn">Whether keys and values are wanted.</param>
    /// <exception cref="RunFailedException">ONNX Runtime failed.</exception>
    public DecoderRun Read(KeyValues past, int shared, IReadOnlyList<DecoderStretch> stretches, bool readOn)
    {
        int length = stretches.Sum(stretch => stretch.Tokens.Length), total = past.Length + length;
        var ids = new long[length];
        var positions = new long[length];
        var mask = new long[total];
        Array.Fill(mask, 1);
        var ends = new int[stretches.Count];
        for (int i = 0, at = 0; i < stretches.Count; i++)
        {
            int before = stretches[i].Behind?.Length ?? shared;
            for (int j = 0; j < stretches[i].Tokens.Length; j++, at++) (ids[at], positions[at]) = (stretches[i].Tokens[j], before + j);
            ends[i] = at;
        }
        long[] chosen = [.. ends.SelectMany((end, i) => Enumerable.Range(end - stretches[i].Rows, stretches[i].Rows)).Select(row => (long)row)];
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
                    DecoderInputKind.Bias when _signature.KeyValueType == TensorElementType.Float16 => OrtValue.CreateTensorValueFromMemory(Bias(stretches, shared, past.Length, Float16.NegativeInfinity), [1, 1, length, total]),
                    DecoderInputKind.Bias => OrtValue.CreateTensorValueFromMemory(Bias(stretches, shared, past.Length, float.NegativeInfinity), [1, 1, length, total]),
                    // Of which tokens is chosen behind it, where it can be.
                    _ => OrtValue.CreateTensorValueFromMemory([(long)(ChoosesRows || stretches.Count > 1 ? length : stretches[0].Rows)], []),
                });
            }
            using var run = new RunOptions();
            IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(run, _signature.InputNames, values, readOn ? _all : _logits);
            // As they are, models that know `num_logits_to_keep` give the rows asked for, all others one for every token.
            int given = (int)outputs[0].GetTensorTypeAndShape().Shape[1];
            var readings = new DecoderReading[stretches.Count];
            for (int i = 0, row = 0; i < readings.Length; row += stretches[i].Rows, i++)
            {
                DecoderStretch stretch = stretches[i];
                int count = stretch.Tokens.Length, firstRow = ChoosesRows ? row : given - length + ends[i] - stretch.Rows;
                readings[i] = new DecoderReading(
                    outputs[0], Vocabulary, firstRow, stretch.Rows, (stretch.Behind?.Length ?? shared) + count, [.. stretch.Behind?.Own ?? [], (past.Length + ends[i] - count, count)]);
            }
            return new DecoderRun(readings, readOn ? new KeyValues([.. outputs.Skip(1)], total) : null, outputs);
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

    /// <summary>What hides from each stretch all that is not before it, [tokens, tokens with those before].</summary>
    private static T[] Bias<T>(IReadOnlyList<DecoderStretch> stretches, int shared, int before, T hidden) where T : unmanaged
    {
        int length = stretches.Sum(stretch => stretch.Tokens.Length), total = before + length, start = 0;
        var bias = new T[length * total];
        foreach (DecoderStretch stretch in stretches)
        {
            for (int row = start; row < start + stretch.Tokens.Length; row++)
            {
                Span<T> others = bias.AsSpan(row * total, before + start);
                others[shared..].Fill(hidden);
                foreach ((int first, int count) in stretch.Behind?.Own ?? []) others.Slice(first, count).Clear();
            }
            start += stretch.Tokens.Length;
        }
        return bias;
    }
}
