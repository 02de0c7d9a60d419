using Llkd.Documents;
using Microsoft.ML.OnnxRuntime;

namespace Llkd.Inference;

/// <summary>The model in ONNX Runtime: ids in, logits out. Thread-safe.</summary>
internal sealed class OnnxClassifier : IDisposable
{
    private const string Ids = "input_ids", Mask = "attention_mask", Types = "token_type_ids", Logits = "logits";
    private readonly InferenceSession _session;
    private readonly string[] _inputs;
    private readonly int _classes;

    public OnnxClassifier(string path, int classes, int threads)
    {
        _classes = classes;
        try
        {
            using var options = new SessionOptions
            {
                IntraOpNumThreads = threads,
                GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            };
            // Threads that wait must sleep: an application has other work, and where processors are shared a spinning thread
            // keeps the one it waits for from running.
            options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
            // ONNX Runtime's kernel for a sum and its normalisation together takes four times as long as the two apart: of a
            // base-sized encoder's 8-bit pass it would be a twelfth.
            options.AddSessionConfigEntry("optimization.disable_specified_optimizers", "SkipLayerNormFusion");
            _session = new InferenceSession(path, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InputException($"{path} cannot be loaded by ONNX Runtime; it is damaged or no ONNX model: {e.Message}", e);
        }
        _inputs = [.. _session.InputNames];
        string? wrong = _inputs.FirstOrDefault(name => name is not (Ids or Mask or Types));
        int[]? shape = _session.OutputMetadata.TryGetValue(Logits, out NodeMetadata? output) ? output.Dimensions : null;
        if (wrong is null && _inputs.Contains(Ids) && shape is [_, var width] && (width == classes || width < 0)) return;
        _session.Dispose();
        throw new InputException(
            $"{path} is no text classifier of {classes} labels: it takes {string.Join(", ", _inputs)} and gives {(shape is null ? "no logits" : $"logits [{string.Join(", ", shape)}]")}; "
            + $"expected are {Ids}, {Mask} and perhaps {Types}, and {Logits} [-1, {classes}]. Does config.json belong to this model?");
    }

    /// <summary>Scores one batch.</summary>
    /// <param name="ids">Row-major [texts, length].</param>
    /// <param name="mask">1 where there is a token, [texts, length].</param>
    /// <param name="texts">Number of texts.</param>
    /// <param name="destination">Receives row-major [texts, classes].</param>
    /// <param name="cancellationToken">Ends the run, also within the model.</param>
    public void Run(long[] ids, long[] mask, int texts, Span<float> destination, CancellationToken cancellationToken)
    {
        long[] shape = [texts, ids.Length / texts];
        using var run = new RunOptions();
        using CancellationTokenRegistration stop = cancellationToken.Register(() => run.Terminate = true);
        var values = new List<OrtValue>(_inputs.Length);
        try
        {
            foreach (string name in _inputs)
                values.Add(OrtValue.CreateTensorValueFromMemory(name switch { Ids => ids, Mask => mask, _ => new long[ids.Length] }, shape));
            using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(run, _inputs, values, [Logits]);
            outputs[0].GetTensorDataAsSpan<float>().CopyTo(destination[..(texts * _classes)]);
        }
        catch (OnnxRuntimeException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new RunFailedException($"The model failed on {texts} texts of up to {shape[1]} tokens: {e.Message}", e);
        }
        finally
        {
            foreach (OrtValue value in values) value.Dispose();
        }
    }

    public void Dispose() => _session.Dispose();
}
