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
/// students are independent as long as they have the same number of threads, which libtorch's matrix library keeps for the
/// whole process: another number gives other roundings.
/// </summary>
public sealed partial class TransformerStudent : IStudent
{
    private readonly ITextTokenizer _tokenizer;
    private readonly TransformerNetwork _network;
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
        _prepared.Begin(corpus, copy, () => Cut(corpus, copy));
    }

    /// <inheritdoc/>
    public void Score(ITokenCorpus corpus, ReadOnlySpan<int> documents, Span<float> logits)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        TorchRuntime.UseThreads(Engine.Threads);
        foreach (TokenBatch batch in _prepared.Take(corpus, documents) ?? Cut(corpus, documents))
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable noGradient = no_grad();
            Scatter(NetworkWeight.Copy(_network.Forward(batch)), batch, logits);
        }
    }

    /// <summary>What the head reads of each text, without dropout, row-major [documents, hidden].</summary>
    internal float[] Encode(ITokenCorpus corpus)
    {
        TorchRuntime.UseThreads(Engine.Threads);
        int hidden = _shape.Hidden;
        var vectors = new float[corpus.Count * hidden];
        foreach (TokenBatch batch in Cut(corpus, [.. Enumerable.Range(0, corpus.Count)]))
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable noGradient = no_grad();
            Span<float> rows = NetworkWeight.Copy(_network.Encode(batch));
            for (int row = 0; row < batch.Texts.Length; row++)
                rows.Slice(row * hidden, hidden).CopyTo(vectors.AsSpan(batch.Texts[row] * hidden));
        }
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
        _network.WeightsChanged();
    }

    /// <summary>Forward with dropout, loss, backward: leaves the gradient at the weights, where the step takes it.</summary>
    internal double Backward(ITokenCorpus corpus, ReadOnlySpan<int> documents, LogitLoss loss, PartialLogitLoss? inParts = null)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentOutOfRangeException.ThrowIfZero(documents.Length, nameof(documents));
        TorchRuntime.UseThreads(Engine.Threads);
        List<TokenBatch> batches = Cut(corpus, documents);
        if (inParts is null) return BackwardTogether(batches, documents.Length, loss);
        double sum = 0;
        for (int i = 0; i < batches.Count; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            using TrainingPass pass = Pass(batches[i], i);
            float[] logits = NetworkWeight.Copy(pass.Logits), gradient = new float[logits.Length];
            sum += inParts(batches[i].Texts, logits, gradient);
            pass.Backward(Gradient(gradient, pass));
        }
        return sum;
    }

    /// <summary>For a loss that must see all logits: every pass is kept until it has.</summary>
    private double BackwardTogether(List<TokenBatch> batches, int documents, LogitLoss loss)
    {
        using DisposeScope scope = NewDisposeScope();
        TrainingPass[] passes = [.. batches.Select(Pass)];
        var logits = new float[documents * ClassCount];
        var gradient = new float[logits.Length];
        for (int i = 0; i < passes.Length; i++) Scatter(NetworkWeight.Copy(passes[i].Logits), batches[i], logits);
        double value = loss(logits, gradient);
        for (int i = 0; i < passes.Length; i++)
        {
            var part = new float[batches[i].Texts.Length * ClassCount];
            Gather(gradient, batches[i], part);
            passes[i].Backward(Gradient(part, passes[i]));
            passes[i].Dispose();
        }
        return value;
    }

    private TrainingPass Pass(TokenBatch batch, int number) =>
        new(_network, batch, new DropoutSeeds(_dropoutSeed, _steps, number), Engine.Device, Engine.Recompute);

    private Tensor Gradient(float[] values, TrainingPass pass)
    {
        Tensor gradient = tensor(values, pass.Logits.shape);
        return Engine.Device.type == DeviceType.CPU ? gradient : gradient.to(Engine.Device);
    }

    /// <inheritdoc/>
    public void SaveState(string folder) => TransformerFiles.SaveState(
        _network, folder, State);

    /// <inheritdoc/>
    public void LoadState(string folder)
    {
        _steps = TransformerFiles.LoadState(_network, folder, State).Steps;
        _network.WeightsChanged();
    }

    private TransformerFiles.State State => new(_steps, Engine.Threads, TorchRuntime.Version, Engine.Precision, Engine.Device.type.ToString().ToLowerInvariant());

    /// <inheritdoc/>
    public float[][] CopyWeights() => [.. _network.Weights.Select(weight => NetworkWeight.Copy(weight.Tensor))];

    /// <inheritdoc/>
    public void RestoreWeights(float[][] weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        foreach ((NetworkWeight weight, float[] values) in _network.Weights.Zip(weights)) NetworkWeight.Write(weight.Tensor, values);
        _network.WeightsChanged();
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
    }

    private Engine Engine => _options.Engine;

    private List<TokenBatch> Cut(ITokenCorpus corpus, ReadOnlySpan<int> documents) =>
        TokenBatch.Cut(corpus, documents, _shape, Engine.MicroBatch);

    private void Scatter(ReadOnlySpan<float> rows, TokenBatch batch, Span<float> logits)
    {
        for (int row = 0; row < batch.Texts.Length; row++)
            rows.Slice(row * ClassCount, ClassCount).CopyTo(logits[(batch.Texts[row] * ClassCount)..]);
    }

    private void Gather(ReadOnlySpan<float> rows, TokenBatch batch, Span<float> part)
    {
        for (int row = 0; row < batch.Texts.Length; row++)
            rows.Slice(batch.Texts[row] * ClassCount, ClassCount).CopyTo(part[(row * ClassCount)..]);
    }
}
