using Llkd.Models;
using Llkd.Numerics;
using Llkd.Tokenizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Llkd.Students.Transformer;

/// <summary>
/// The `transformer` student: a RoBERTa-shaped encoder with a classification head, trained from scratch, with a
/// byte-level BPE vocabulary of the pool. Runs in libtorch. Not thread-safe; different students are independent.
/// </summary>
public sealed class TransformerStudent : IStudent
{
    private readonly ByteLevelBpe _tokenizer;
    private readonly TransformerNetwork _network;
    private readonly TransformerOptions _options;
    private readonly TransformerShape _shape;
    private readonly byte[] _dropoutState;
    private readonly int _threads;
    private long _steps;

    private TransformerStudent(ByteLevelBpe tokenizer, TransformerShape shape, TransformerOptions options, bool random)
    {
        (_tokenizer, _shape, _options) = (tokenizer, shape, options);
        OpenMpThreads.WaitAsleep();
        _threads = options.Threads > 0 ? options.Threads : Environment.ProcessorCount;
        _network = new TransformerNetwork(shape, options.Dropout, random ? new RandomStream(options.Seed, "weights") : null);
        _dropoutState = TorchRuntime.Seeded((long)(new RandomStream(options.Seed, "dropout").NextBits() >> 1));
    }

    /// <summary>An untrained student with a vocabulary of the pool.</summary>
    /// <param name="poolTexts">The pool's texts; read once.</param>
    /// <param name="options">Shape and constants.</param>
    /// <param name="labels">Names of the classes, at least two.</param>
    /// <exception cref="InputException">The sizes do not fit each other, or are out of range.</exception>
    public static TransformerStudent Create(IEnumerable<string> poolTexts, TransformerOptions options, IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(poolTexts);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfLessThan(labels.Count, 2, nameof(labels));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Layers, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Hidden, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Heads, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxLength, 4, nameof(options));
        var shape = new TransformerShape
        {
            Layers = options.Layers,
            Hidden = options.Hidden,
            Heads = options.Heads,
            Intermediate = checked(4 * options.Hidden),
            MaxLength = options.MaxLength,
            Vocabulary = options.Vocabulary,
            Classes = labels.Count,
        };
        shape.Check("student: ");
        BpeVocabulary vocabulary = BpeTrainer.Train(poolTexts, options.Vocabulary);
        return new TransformerStudent(
            new ByteLevelBpe(vocabulary), shape with { Vocabulary = vocabulary.Size }, options, random: true);
    }

    /// <summary>Loads a model folder for prediction: config.json, model.safetensors, vocab.json, merges.txt.</summary>
    /// <param name="folder">As <see cref="SaveModel"/> or Hugging Face's save_pretrained writes it.</param>
    /// <param name="threads">Threads; 0: as many as the process may use.</param>
    /// <exception cref="InputException">The folder holds no such model, or a broken one.</exception>
    public static TransformerStudent LoadModel(string folder, int threads = 0)
    {
        TransformerShape shape = TransformerShape.Load(ModelConfig.Load(folder), folder);
        BpeVocabulary vocabulary = BpeVocabulary.Load(folder);
        if (vocabulary.Size > shape.Vocabulary)
            throw new InputException($"{folder}: {BpeVocabulary.VocabularyFile} has the id {vocabulary.Size - 1}, but `vocab_size` in config.json is {shape.Vocabulary}.");
        if (vocabulary.Ids["<pad>"] != shape.PadId)
            throw new InputException($"{folder}: <pad> has the id {vocabulary.Ids["<pad>"]} in {BpeVocabulary.VocabularyFile}, but `pad_token_id` in config.json is {shape.PadId}.");
        var options = new TransformerOptions
        {
            Layers = shape.Layers,
            Hidden = shape.Hidden,
            Heads = shape.Heads,
            MaxLength = shape.MaxLength,
            Vocabulary = shape.Vocabulary,
            Dropout = 0,
            Threads = threads,
        };
        var student = new TransformerStudent(new ByteLevelBpe(vocabulary), shape, options, random: false);
        try
        {
            TransformerFiles.LoadWeights(student._network, folder);
            return student;
        }
        catch
        {
            student.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public int ClassCount => _shape.Classes;

    /// <inheritdoc/>
    public long WeightCount => _network.Weights.Sum(weight => weight.Shape.Aggregate(1L, (a, b) => a * b));

    /// <summary>The weights, for tests.</summary>
    internal IReadOnlyList<NetworkWeight> Weights => _network.Weights;

    /// <inheritdoc/>
    public void Encode(string text, List<int> ids) => _tokenizer.Encode(text, _shape.MaxLength, ids);

    /// <inheritdoc/>
    public void Score(ITokenCorpus corpus, ReadOnlySpan<int> documents, Span<float> logits)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        TorchRuntime.UseThreads(_threads);
        foreach (TokenBatch batch in TokenBatch.Cut(corpus, documents, _shape.PadId))
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable noGradient = no_grad();
            Scatter(NetworkWeight.Span(_network.Forward(batch, training: false)), batch, logits);
        }
    }

    /// <inheritdoc/>
    public double Train(ITokenCorpus corpus, ReadOnlySpan<int> documents, LogitLoss loss, double learningRate)
    {
        double value = Backward(corpus, documents, loss);
        NetworkStep.Apply(_network.Weights, _options, ++_steps, learningRate, _threads);
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
        List<TokenBatch> batches = TokenBatch.Cut(corpus, documents, _shape.PadId);
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
        _tokenizer.Save(folder, _shape.MaxLength);
        File.WriteAllText(
            Path.Combine(folder, "config.json"), _shape.ToJson(labels, _options.Dropout).ToJsonString(ModelConfig.Indented));
    }

    /// <inheritdoc/>
    public void Dispose() => _network.Dispose();

    private void Scatter(ReadOnlySpan<float> rows, TokenBatch batch, Span<float> logits)
    {
        for (int row = 0; row < batch.Texts.Length; row++)
            rows.Slice(row * ClassCount, ClassCount).CopyTo(logits[(batch.Texts[row] * ClassCount)..]);
    }
}
