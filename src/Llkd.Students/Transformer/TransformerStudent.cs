using System.Text.Json.Nodes;
using Llkd.Models;
using Llkd.Numerics;
using Llkd.Tokenizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Llkd.Students.Transformer;

/// <summary>
/// The `transformer` and `pretrained` students: an encoder with a classification head, trained from scratch with a
/// byte-level BPE vocabulary of the pool, or begun with a Hugging Face folder. Runs in libtorch. Not thread-safe; different
/// students are independent. Outside Linux that holds for those of the same number of threads: there libtorch's matrix library
/// keeps it for the whole process, and another number gives other roundings.
/// </summary>
public sealed partial class TransformerStudent : IStudent
{
    private readonly ITextTokenizer _tokenizer;
    private readonly TransformerNetwork _network;
    private readonly NetworkPasses _passes;
    private readonly StepOptions _options;
    private readonly TransformerShape _shape;
    private readonly ulong _dropoutSeed;
    private readonly int _maxLength;
    private readonly PreparedBatches _prepared = new();

    /// <summary>config.json the student began with; null: from scratch.</summary>
    private readonly JsonObject? _source;

    /// <summary>Makes it anew with another seed; null for one loaded for prediction.</summary>
    private Func<int, TransformerStudent>? _remake;
    private long _steps;

    private TransformerStudent(
        ITextTokenizer tokenizer, TransformerShape shape, int maxLength, TransformerNetwork network, StepOptions options, JsonObject? source)
    {
        (_tokenizer, _shape, _maxLength, _network, _options, _source) = (tokenizer, shape, maxLength, network, options, source);
        _passes = new NetworkPasses(network, shape, options.Engine);
        _dropoutSeed = new RandomStream(options.Seed, "dropout").NextBits();
    }

    /// <inheritdoc/>
    public int ClassCount => _shape.Classes;

    /// <inheritdoc/>
    public long WeightCount => _network.Weights.Sum(weight => weight.Shape.Aggregate(1L, (a, b) => a * b));

    /// <summary>Width of a hidden state.</summary>
    internal int Hidden => _shape.Hidden;

    /// <summary>Longest input in tokens.</summary>
    public int MaxLength => _maxLength;

    /// <summary>The weights, for tests.</summary>
    internal IReadOnlyList<NetworkWeight> Weights => _network.Weights;

    /// <inheritdoc/>
    public bool Encode(string text, List<int> ids) => _tokenizer.Encode(text, _maxLength, ids);

    /// <inheritdoc/>
    public IStudent Fresh(int seed) => _remake?.Invoke(seed)
        ?? throw new InvalidOperationException("A student loaded for prediction cannot be begun anew.");

    /// <inheritdoc/>
    public void Prepare(ITokenCorpus corpus, ReadOnlySpan<int> documents)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        int[] copy = documents.ToArray();
        _prepared.Begin(corpus, copy, () => _passes.Cut(corpus, copy));
    }

    /// <inheritdoc/>
    public void Score(ITokenCorpus corpus, ReadOnlySpan<int> documents, Span<float> logits)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        List<TokenBatch> batches = _prepared.Take(corpus, documents) ?? _passes.Cut(corpus, documents);
        float[][] rows = _passes.Forward(batches, (lane, batch) => lane.Forward(batch));
        for (int i = 0; i < rows.Length; i++) Scatter(rows[i], batches[i], ClassCount, logits);
    }

    /// <summary>What the head reads of each text, without dropout, row-major [documents, hidden].</summary>
    internal float[] Encode(ITokenCorpus corpus)
    {
        var vectors = new float[corpus.Count * _shape.Hidden];
        List<TokenBatch> batches = _passes.Cut(corpus, [.. Enumerable.Range(0, corpus.Count)]);
        float[][] rows = _passes.Forward(batches, (lane, batch) => lane.Encode(batch));
        for (int i = 0; i < rows.Length; i++) Scatter(rows[i], batches[i], _shape.Hidden, vectors);
        return vectors;
    }

    /// <inheritdoc/>
    public double Train(
        ITokenCorpus corpus, ReadOnlySpan<int> documents, LogitLoss loss, double learningRate, PartialLogitLoss? inParts = null)
    {
        double value = Backward(corpus, documents, loss, inParts);
        Step(learningRate);
        return value;
    }

    /// <summary>Clips, updates and leaves the gradient at 0.</summary>
    internal void Step(double learningRate)
    {
        if (Engine.Device.type == DeviceType.CPU) NetworkStep.Apply(_network.Trained, _options, ++_steps, learningRate, Engine.Threads);
        else TensorStep.Apply(_network.Trained, _options, ++_steps, learningRate);
        _passes.WeightsChanged();
    }

    /// <summary>Forward with dropout, loss, backward: leaves the gradient at the weights, where the step takes it.</summary>
    internal double Backward(ITokenCorpus corpus, ReadOnlySpan<int> documents, LogitLoss loss, PartialLogitLoss? inParts = null)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentOutOfRangeException.ThrowIfZero(documents.Length, nameof(documents));
        List<TokenBatch> batches = _passes.Cut(corpus, documents);
        if (inParts is not null) return _passes.Backward(batches, Dropout, inParts);
        var logits = new float[documents.Length * ClassCount];
        return _passes.Backward(batches, Dropout, parts =>
        {
            for (int i = 0; i < parts.Length; i++) Scatter(parts[i], batches[i], ClassCount, logits);
            var gradient = new float[logits.Length];
            double value = loss(logits, gradient);
            return (value, [.. batches.Select(batch => Gather(gradient, batch))]);
        });
    }

    /// <summary>The number format of its passes: what <see cref="TrainingPrecision.Auto"/> came to, never that itself.</summary>
    public TrainingPrecision Precision => _network.Bf16 ? TrainingPrecision.Bf16 : TrainingPrecision.Fp32;

    private DropoutSeeds Dropout(int pass) => new(_dropoutSeed, _steps, pass);

    /// <inheritdoc/>
    public void SaveState(string folder) => TransformerFiles.SaveState(
        _network, folder, State);

    /// <inheritdoc/>
    public void LoadState(string folder)
    {
        TransformerFiles.State state = TransformerFiles.LoadState(_network, folder, State, Engine.EitherPrecision);
        _steps = state.Steps;
        _passes.UseBf16(state.Precision == TransformerFiles.Bf16);
        _passes.WeightsChanged();
    }

    private TransformerFiles.State State => new(
        _steps, Engine.Threads, TorchRuntime.Version, _network.Bf16 ? TransformerFiles.Bf16 : TransformerFiles.Fp32, Engine.Device.type.ToString().ToLowerInvariant());

    /// <inheritdoc/>
    public float[][] CopyWeights() => [.. _network.Weights.Select(weight => NetworkWeight.Copy(weight.Tensor))];

    /// <inheritdoc/>
    public void RestoreWeights(float[][] weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        foreach ((NetworkWeight weight, float[] values) in _network.Weights.Zip(weights)) NetworkWeight.Write(weight.Tensor, values);
        _passes.WeightsChanged();
    }

    /// <inheritdoc/>
    public void SaveModel(string folder, IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        TransformerFiles.SaveWeights(_network, folder);
        _tokenizer.Save(folder, _maxLength);
        JsonObject config = _shape.ToJson(labels, _options.Dropout, _source?.DeepClone().AsObject());
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString(ModelConfig.Indented));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _prepared.Drop();
        _network.Dispose();
        _passes.Dispose();
    }

    private Engine Engine => _options.Engine;

    private static void Scatter(ReadOnlySpan<float> rows, TokenBatch batch, int width, Span<float> all)
    {
        for (int row = 0; row < batch.Texts.Length; row++)
            rows.Slice(row * width, width).CopyTo(all[(batch.Texts[row] * width)..]);
    }

    private float[] Gather(ReadOnlySpan<float> rows, TokenBatch batch)
    {
        var part = new float[batch.Texts.Length * ClassCount];
        for (int row = 0; row < batch.Texts.Length; row++)
            rows.Slice(batch.Texts[row] * ClassCount, ClassCount).CopyTo(part.AsSpan(row * ClassCount));
        return part;
    }
}
