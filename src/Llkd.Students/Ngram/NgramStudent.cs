using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Llkd.Documents;
using Llkd.Models;
using Llkd.Students.Weights;
using Llkd.Tokenizers;

namespace Llkd.Students.Ngram;

/// <summary>
/// The `ngram` student: hashed word n-gram embeddings, mean-pooled, with an MLP head. Needs no download, trains in
/// seconds on one core, and loads no native library.
/// </summary>
public sealed class NgramStudent : IStudent
{
    /// <summary>`model_type` in config.json.</summary>
    public const string ModelType = "llkd-ngram";

    private readonly NgramEncoder _encoder;
    private readonly NgramNetwork _network;
    private readonly NgramOptions _options;

    private NgramStudent(NgramEncoder encoder, int classCount, NgramOptions options, bool randomWeights = true)
    {
        _encoder = encoder;
        _options = options;
        ClassCount = classCount;
        _network = new NgramNetwork(encoder.RowCount, classCount, options, randomWeights);
    }

    /// <summary>An untrained student whose table has a row for every n-gram that the pool holds often enough.</summary>
    /// <param name="poolTexts">The pool's texts; read once.</param>
    /// <param name="classCount">Number of classes C, at least 2.</param>
    /// <param name="options">Shape and constants.</param>
    /// <exception cref="InputException">The pool holds more n-grams than a table of that width can have rows.</exception>
    public static NgramStudent Create(IEnumerable<string> poolTexts, int classCount, NgramOptions options)
    {
        ArgumentNullException.ThrowIfNull(poolTexts);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(classCount, 2);
        if (options.Hidden is < 1 or > 8192 || options.Ngrams is < 1 or > 5 || options.Buckets < 1 || options.Dropout is not (>= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(options), options, "Hidden is 1 to 8192, Ngrams 1 to 5, Buckets at least 1, Dropout in [0, 1).");
        NgramEncoder encoder = NgramEncoder.Build(poolTexts, options.Ngrams, options.Buckets, options.MinCount);
        if ((long)encoder.RowCount * options.Hidden > Array.MaxLength)
            throw new InputException(
                $"The pool fills {encoder.RowCount} buckets of n-grams; a student {options.Hidden} wide can have at most "
                + $"{Array.MaxLength / options.Hidden}. Raise student.minCount, or lower student.buckets or student.hidden.");
        return new NgramStudent(encoder, classCount, options);
    }

    /// <inheritdoc/>
    public int ClassCount { get; }

    /// <summary>Number of weights.</summary>
    public long WeightCount => _network.Parameters.Sum(p => (long)p.Value.Length);

    /// <inheritdoc/>
    public bool Encode(string text, List<int> ids) => _encoder.Encode(text, int.MaxValue, ids);

    /// <inheritdoc/>
    public IStudent Fresh(int seed) => new NgramStudent(_encoder, ClassCount, _options with { Seed = seed });

    /// <inheritdoc/>
    public void Score(ITokenCorpus corpus, ReadOnlySpan<int> documents, Span<float> logits) =>
        _network.Score(corpus, documents, logits);

    /// <inheritdoc/>
    public double Train(
        ITokenCorpus corpus, ReadOnlySpan<int> documents, LogitLoss loss, double learningRate, PartialLogitLoss? inParts = null) =>
        _network.Train(corpus, documents, loss, learningRate);

    /// <inheritdoc/>
    public void SaveState(string folder)
    {
        var tensors = new List<NamedTensor>();
        foreach (Parameter p in _network.Parameters)
        {
            long[] shape = [.. p.Shape.Select(size => (long)size)];
            tensors.Add(new NamedTensor(p.Name, shape, p.Value));
            tensors.Add(new NamedTensor(p.Name + ".first_moment", shape, p.First));
            tensors.Add(new NamedTensor(p.Name + ".second_moment", shape, p.Second));
        }
        // Counts stay below 2^24 in any run that ends, so a float holds them exactly.
        tensors.Add(new NamedTensor("embeddings.row_steps", [_network.RowSteps.Length], [.. _network.RowSteps.Select(n => (float)n)]));
        Safetensors.Save(Path.Combine(folder, "student.safetensors"), tensors);
        var state = new JsonObject
        {
            ["steps"] = _network.Steps,
            ["dropout"] = new JsonArray([.. _network.Dropout.State.Select(word => (JsonNode)word)]),
        };
        File.WriteAllText(Path.Combine(folder, "student.json"), state.ToJsonString());
    }

    /// <inheritdoc/>
    public void LoadState(string folder)
    {
        IReadOnlyDictionary<string, NamedTensor> tensors = Safetensors.Load(Path.Combine(folder, "student.safetensors"));
        foreach (Parameter p in _network.Parameters)
        {
            Copy(tensors, p.Name, p.Shape, p.Value, folder);
            Copy(tensors, p.Name + ".first_moment", p.Shape, p.First, folder);
            Copy(tensors, p.Name + ".second_moment", p.Shape, p.Second, folder);
        }
        var steps = new float[_network.RowSteps.Length];
        Copy(tensors, "embeddings.row_steps", [steps.Length], steps, folder);
        for (int row = 0; row < steps.Length; row++) _network.RowSteps[row] = (int)steps[row];
        string path = Path.Combine(folder, "student.json");
        try
        {
            JsonNode? state = JsonNode.Parse(InputFile.ReadText(path));
            _network.Steps = state!["steps"]!.GetValue<long>();
            _network.Dropout.State = [.. state["dropout"]!.AsArray().Select(word => word!.GetValue<ulong>())];
        }
        catch (Exception e) when (e is JsonException or NullReferenceException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new InputException($"{path} is not the state of an n-gram student; it is damaged.", e);
        }
    }

    /// <inheritdoc/>
    public float[][] CopyWeights() => [.. _network.Parameters.Select(p => (float[])p.Value.Clone())];

    /// <inheritdoc/>
    public void RestoreWeights(float[][] weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        if (!weights.Select(values => values.Length).SequenceEqual(_network.Parameters.Select(p => p.Value.Length)))
            throw new ArgumentException("These are not the weights of this student.", nameof(weights));
        foreach ((Parameter p, float[] values) in _network.Parameters.Zip(weights)) values.CopyTo(p.Value, 0);
    }

    /// <inheritdoc/>
    public void SaveModel(string folder, IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfNotEqual(labels.Count, ClassCount, nameof(labels));
        Safetensors.Save(
            Path.Combine(folder, "model.safetensors"),
            [.. _network.Parameters.Select(p => new NamedTensor(p.Name, [.. p.Shape.Select(size => (long)size)], p.Value))]);
        _encoder.Save(folder, int.MaxValue);
        var config = new JsonObject
        {
            ["model_type"] = ModelType,
            ["architectures"] = new JsonArray("NgramForSequenceClassification"),
            ["hidden_size"] = _options.Hidden,
            ["ngrams"] = _encoder.Order,
            ["buckets"] = _encoder.BucketCount,
            ["id2label"] = new JsonObject(labels.Select((label, k) =>
                KeyValuePair.Create(k.ToString(CultureInfo.InvariantCulture), (JsonNode?)label))),
            ["label2id"] = new JsonObject(labels.Select((label, k) => KeyValuePair.Create(label, (JsonNode?)k))),
        };
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString(ModelConfig.Indented));
    }

    /// <summary>Loads a model folder for prediction.</summary>
    /// <exception cref="InputException">The folder holds no n-gram model, or a broken one.</exception>
    public static NgramStudent LoadModel(string folder)
    {
        ModelConfig config = ModelConfig.Load(folder);
        var options = new NgramOptions
        {
            Hidden = config.Number("hidden_size", 1, 8192),
            Ngrams = config.Number("ngrams", 1, 5),
            Buckets = config.Number("buckets", 1, int.MaxValue),
            Dropout = 0,
        };
        NgramEncoder encoder = NgramEncoder.Load(folder, config);
        IReadOnlyDictionary<string, NamedTensor> tensors = Safetensors.Load(Path.Combine(folder, "model.safetensors"));
        // Before anything of that size is made on the word of two small files.
        Find(tensors, "embeddings.weight", [encoder.RowCount, options.Hidden], folder);
        var student = new NgramStudent(encoder, config.Labels.Count, options, randomWeights: false);
        foreach (Parameter p in student._network.Parameters) Copy(tensors, p.Name, p.Shape, p.Value, folder);
        return student;
    }

    /// <inheritdoc/>
    public void Dispose() { }

    private static void Copy(
        IReadOnlyDictionary<string, NamedTensor> tensors, string name, IReadOnlyList<int> shape, float[] destination, string folder) =>
        Find(tensors, name, shape, folder).Data.CopyTo(destination, 0);

    private static NamedTensor Find(
        IReadOnlyDictionary<string, NamedTensor> tensors, string name, IReadOnlyList<int> shape, string folder)
    {
        if (!tensors.TryGetValue(name, out NamedTensor? tensor))
            throw new InputException($"{folder}: the tensor `{name}` is missing. The folder is damaged.");
        if (!tensor.Shape.SequenceEqual(shape.Select(size => (long)size)))
            throw new InputException(
                $"{folder}: the tensor `{name}` is [{string.Join(", ", tensor.Shape)}]; [{string.Join(", ", shape)}] is expected. The folder is damaged.");
        return tensor;
    }
}
