using Microsoft.ML.OnnxRuntime;

namespace Llkd.Teachers.Local;

/// <summary>
/// A decoder-only model in ONNX Runtime, one text at a time: GroupQueryAttention on CPU refuses a batch behind a past, and
/// texts of their own need no padding. Several threads may read at once; each run keeps to its thread.
/// </summary>
internal sealed class Decoder : IDisposable
{
    private readonly InferenceSession _session;
    private readonly DecoderSignature _signature;
    private readonly string[] _outputs;

    /// <summary>Loads a model.</summary>
    /// <param name="path">The .onnx file.</param>
    /// <param name="config">What config.json says of it.</param>
    /// <param name="threads">Threads of one run. Texts side by side, each on one thread, use the processors better.</param>
    /// <exception cref="InputException">The file is no model of this layout, or does not fit config.json.</exception>
    public Decoder(string path, DecoderConfig config, int threads = 1)
    {
        try
        {
            using var options = new SessionOptions
            {
                IntraOpNumThreads = threads,
                GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
                // A pattern would be kept for every length that ever came.
                EnableMemoryPattern = false,
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            };
            _session = new InferenceSession(path, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InputException($"`teacher.path`: {path} cannot be loaded by ONNX Runtime; it is damaged, no ONNX model, or its file of weights is missing: {e.Message}", e);
        }
        try
        {
            _signature = DecoderSignature.Of(_session, path, config);
        }
        catch
        {
            _session.Dispose();
            throw;
        }
        _outputs = ["logits", .. _signature.Presents];
    }

    /// <summary>Size of the next-token distribution.</summary>
    public int Vocabulary => _signature.Vocabulary;

    /// <summary>What has been read before anything is.</summary>
    public KeyValues Nothing() => KeyValues.Empty(_signature);

    /// <summary>Reads tokens behind others.</summary>
    /// <param name="past">Keys and values of those before; they stay the caller's.</param>
    /// <param name="tokens">At least one token.</param>
    /// <param name="rows">Of how many of them, from the end, the next token is to be told.</param>
    /// <exception cref="RunFailedException">ONNX Runtime failed.</exception>
    public DecoderReading Read(KeyValues past, ReadOnlySpan<int> tokens, int rows)
    {
        int length = tokens.Length, total = past.Length + length;
        var ids = new long[length];
        var positions = new long[length];
        for (int i = 0; i < length; i++) (ids[i], positions[i]) = (tokens[i], past.Length + i);
        var mask = new long[total];
        Array.Fill(mask, 1);
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
                    _ => OrtValue.CreateTensorValueFromMemory([(long)rows], []),
                });
            }
            using var run = new RunOptions();
            return new DecoderReading(this, _session.Run(run, _signature.InputNames, values, _outputs), total, rows);
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

    public void Dispose() => _session.Dispose();
}
