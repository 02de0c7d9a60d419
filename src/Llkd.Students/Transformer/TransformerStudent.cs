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
    private readonly byte[] _dropoutState;
    private readonly int _threads;
    private readonly int _maxLength;

    /// <summary>config.json the student began with; null: from scratch.</summary>
    private readonly JsonObject? _source;

    /// <summary>Makes it anew with another seed; null for one loaded for prediction.</summary>
    private Func<int, TransformerStudent>? _remake;
    private long _steps;

    private TransformerStudent(
        ITextTokenizer tokenizer, TransformerShape shape, int maxLength, TransformerNetwork network, StepOptions options, JsonObject? source)
    {
        (_tokenizer, _shape, _maxLength, _network, _options, _source) = (tokenizer, shape, maxLength, network, options, source);
        _threads = Threads(options.Threads);
        _dropoutState = TorchRuntime.Seeded((long)(new RandomStream(options.Seed, "dropout").NextBits() >> 1));
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
    public void Score(ITokenCorpus corpus, ReadOnlySpan<int> documents, Span<float> logits)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        TorchRuntime.UseThreads(_threads);
        foreach (TokenBatch batch in TokenBatch.Cut(corpus, documents, _shape))
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable noGradient = no_grad();
            Scatter(NetworkWeight.Span(_network.Forward(batch, training: false)), batch, logits);
        }
    }

    /// <summary>What the head reads of each text, without dropout, row-major [documents, hidden].</summary>
    internal float[] Encode(ITokenCorpus corpus)
    {
        TorchRuntime.UseThreads(_threads);
        int hidden = _shape.Hidden;
        var vectors = new float[corpus.Count * hidden];
        foreach (TokenBatch batch in TokenBatch.Cut(corpus, [.. Enumerable.Range(0, corpus.Count)], _shape))
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable noGradient = no_grad();
            Span<float> rows = NetworkWeight.Span(_network.Encode(batch, training: false));
            for (int row = 0; row < batch.Texts.Length; row++)
                rows.Slice(row * hidden, hidden).CopyTo(vectors.AsSpan(batch.Texts[row] * hidden));
        }
        return vectors;
    }

    /// <inheritdoc/>
    public double Train(ITokenCorpus corpus, ReadOnlySpan<int> documents, LogitLoss loss, double learningRate)
    {
        double value = Backward(corpus, documents, loss);
        NetworkStep.Apply(_network.Trained, _options, ++_steps, learningRate, _threads);
        return value;
    }

    /// <summary>Forward with dropout, loss, backward: leaves the gradient at the weights, where the step takes it.</summary>
    internal double Backward(ITokenCorpus corpus, ReadOnlySpan<int> documents, LogitLoss loss)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentOutOfRangeException.ThrowIfZero(documents.Length, nameof(documents));
        TorchRuntime.UseThreads(_threads);
        using DisposeScope scope = NewDisposeScope();
        List<TokenBatch> batches = TokenBatch.Cut(corpus, documents, _shape);
        Tensor[] parts = new Tensor[batches.Count];
        TorchRuntime.Draw(_dropoutState, () =>
        {
            for (int i = 0; i < parts.Length; i++) parts[i] = _network.Forward(batches[i], training: true);
        });
        var logits = new float[documents.Length * ClassCount];
        var gradient = new float[logits.Length];
        for (int i = 0; i < parts.Length; i++) Scatter(NetworkWeight.Span(parts[i]), batches[i], logits);
        double value = loss(logits, gradient);
        var sorted = new float[gradient.Length];
        int row = 0;
        foreach (int text in batches.SelectMany(batch => batch.Texts))
            gradient.AsSpan(text * ClassCount, ClassCount).CopyTo(sorted.AsSpan(row++ * ClassCount));
        Tensor all = cat(parts);
        all.backward([tensor(sorted, all.shape)]);
        return value;
    }

    /// <inheritdoc/>
    public void SaveState(string folder) => TransformerFiles.SaveState(
        _network, folder, new TransformerFiles.State(_steps, _threads, TorchRuntime.Version, _dropoutState));

    /// <inheritdoc/>
    public void LoadState(string folder)
    {
        TransformerFiles.State state = TransformerFiles.LoadState(_network, folder, _threads, _dropoutState.Length);
        _steps = state.Steps;
        state.Dropout.CopyTo(_dropoutState, 0);
    }

    /// <inheritdoc/>
    public float[][] CopyWeights() => [.. _network.Weights.Select(weight => weight.Values.ToArray())];

    /// <inheritdoc/>
    public void RestoreWeights(float[][] weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        foreach ((NetworkWeight weight, float[] values) in _network.Weights.Zip(weights)) values.CopyTo(weight.Values);
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
    public void Dispose() => _network.Dispose();

    private static int Threads(int asked) => asked > 0 ? asked : Environment.ProcessorCount;

    private void Scatter(ReadOnlySpan<float> rows, TokenBatch batch, Span<float> logits)
    {
        for (int row = 0; row < batch.Texts.Length; row++)
            rows.Slice(row * ClassCount, ClassCount).CopyTo(logits[(batch.Texts[row] * ClassCount)..]);
    }
}
