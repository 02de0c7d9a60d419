using System.Runtime.InteropServices;
using Llkd.Models;
using Llkd.Numerics;
using Llkd.Tokenizers;

namespace Llkd.Inference;

/// <summary>
/// A text classifier that `llkd export` wrote: <c>using var classifier = TextClassifier.Load(folder);</c>. Runs in ONNX
/// Runtime, without libtorch. Thread-safe: one instance serves all threads, and texts given together are faster than one
/// by one. Answers do not depend on what a text is given together with, but for rounding in the last digits.
/// </summary>
public sealed class TextClassifier : IDisposable
{
    /// <summary>Name of the model's file in a folder.</summary>
    public const string ModelFile = "model.onnx";

    private readonly ITextTokenizer _tokenizer;
    private readonly OnnxClassifier _model;
    private readonly TextClassifierOptions _options;
    private readonly float _inverseTemperature;
    private bool _disposed;

    private TextClassifier(ITextTokenizer tokenizer, OnnxClassifier model, ModelConfig config, int limit, double temperature, TextClassifierOptions options)
    {
        (_tokenizer, _model, _options) = (tokenizer, model, options);
        Labels = config.Labels;
        Temperature = temperature;
        _inverseTemperature = (float)(1 / temperature);
        MaxLength = Math.Min(options.MaxLength ?? int.MaxValue, limit);
    }

    /// <summary>The labels, in the model's order, [classes].</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>Longest input in tokens; the end of a longer text does not count.</summary>
    public int MaxLength { get; }

    /// <summary>What logits are divided by: as fitted by `llkd export`, or 1.</summary>
    public double Temperature { get; }

    /// <summary>Whether a folder holds an exported model, as opposed to a trained student that is to be exported first.</summary>
    public static bool IsExported(string folder) => File.Exists(Path.Combine(folder, ModelFile));

    /// <summary>Loads a folder that `llkd export` wrote: model.onnx, config.json, the tokenizer's files, calibration.json.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">How to run; default: <see cref="TextClassifierOptions"/>'s defaults.</param>
    /// <exception cref="InputException">A file is missing, damaged, or does not fit the others.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static TextClassifier Load(string folder, TextClassifierOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new TextClassifierOptions();
        if (options.AbstainBelow is not (>= 0 and <= 1) || options.Threads < 0 || options.MaxLength < 3 || options.BatchTokens < 1)
            throw new ArgumentOutOfRangeException(nameof(options), options, "AbstainBelow is 0 to 1, Threads at least 0, MaxLength at least 3, BatchTokens at least 1.");
        if (!Directory.Exists(folder)) throw new InputException($"The model folder {folder} does not exist.");
        string path = Path.Combine(folder, ModelFile);
        if (!File.Exists(path)) throw new InputException($"{folder} holds no {ModelFile}. `llkd export RUN --output DIR` writes such a folder.");
        ModelConfig config = ModelConfig.Load(folder);
        ITextTokenizer tokenizer = TokenizerFolder.Load(folder);
        double temperature = options.Calibrated ? Calibration.Load(folder) : 1;
        return new TextClassifier(tokenizer, new OnnxClassifier(path, config.Labels.Count, options.Threads), config, ModelLength.Of(folder, config), temperature, options);
    }

    /// <summary>Classifies one text.</summary>
    /// <param name="text">The text; an empty one gets an answer too.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public Prediction Predict(string text, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Predict([text], cancellationToken)[0];
    }

    /// <summary>Classifies texts; they are run in batches of similar length.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="cancellationToken">Ends the work, also in the middle of a batch.</param>
    /// <returns>One answer a text, in their order.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<Prediction> Predict(IReadOnlyList<string> texts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        int classes = Labels.Count;
        float[] logits = new float[texts.Count * classes];
        bool[] truncated = Score(texts, logits, cancellationToken);
        var predictions = new Prediction[texts.Count];
        for (int i = 0; i < predictions.Length; i++)
        {
            Memory<float> p = logits.AsMemory(i * classes, classes);
            foreach (ref float z in p.Span) z *= _inverseTemperature;
            Softmax.Row(p.Span, p.Span);
            int best = Softmax.ArgMax(p.Span);
            float confidence = p.Span[best];
            predictions[i] = new Prediction
            {
                Label = confidence >= _options.AbstainBelow ? Labels[best] : null,
                Best = Labels[best],
                BestIndex = best,
                Confidence = confidence,
                Probabilities = p,
                Truncated = truncated[i],
            };
        }
        return predictions;
    }

    /// <summary>As <see cref="Predict(IReadOnlyList{string}, CancellationToken)"/>, on a thread of the pool.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="cancellationToken">Ends the work, also in the middle of a batch.</param>
    public Task<IReadOnlyList<Prediction>> PredictAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return Task.Run(() => Predict(texts, cancellationToken), cancellationToken);
    }

    /// <summary>As <see cref="Predict(string, CancellationToken)"/>, on a thread of the pool.</summary>
    /// <param name="text">The text.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public Task<Prediction> PredictAsync(string text, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Task.Run(() => Predict(text, cancellationToken), cancellationToken);
    }

    /// <summary>The model's logits, before temperature and softmax.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="logits">Receives row-major [texts, classes].</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>For every text, whether it was cut.</returns>
    public bool[] Score(IReadOnlyList<string> texts, Span<float> logits, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ObjectDisposedException.ThrowIf(_disposed, this);
        int classes = Labels.Count;
        ArgumentOutOfRangeException.ThrowIfLessThan(logits.Length, texts.Count * classes, nameof(logits));
        var ids = new List<int>();
        var ends = new int[texts.Count];
        var lengths = new int[texts.Count];
        var truncated = new bool[texts.Count];
        for (int i = 0; i < texts.Count; i++)
        {
            if (i % 64 == 0) cancellationToken.ThrowIfCancellationRequested();
            int start = ids.Count;
            truncated[i] = _tokenizer.Encode(texts[i], MaxLength, ids);
            ends[i] = ids.Count;
            lengths[i] = ids.Count - start;
        }
        foreach (ArraySegment<int> batch in LengthBatches.Cut(lengths, _options.BatchTokens))
        {
            cancellationToken.ThrowIfCancellationRequested();
            int length = Math.Max(1, lengths[batch[0]]);
            long[] input = new long[batch.Count * length], mask = new long[input.Length];
            Array.Fill(input, _tokenizer.Special.Pad ?? 0);
            for (int row = 0; row < batch.Count; row++)
            {
                int text = batch[row];
                ReadOnlySpan<int> tokens = CollectionsMarshal.AsSpan(ids)[(ends[text] - lengths[text])..ends[text]];
                for (int t = 0; t < tokens.Length; t++) input[row * length + t] = tokens[t];
                mask.AsSpan(row * length, tokens.Length).Fill(1);
            }
            var scores = new float[batch.Count * classes];
            _model.Run(input, mask, batch.Count, scores, cancellationToken);
            for (int row = 0; row < batch.Count; row++)
                scores.AsSpan(row * classes, classes).CopyTo(logits[(batch[row] * classes)..]);
        }
        return truncated;
    }

    /// <summary>Frees the model. No call may be under way.</summary>
    public void Dispose()
    {
        _disposed = true;
        _model.Dispose();
    }
}
