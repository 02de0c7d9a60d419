using Llkd.Models;
using Llkd.Numerics;
using Llkd.Tokenizers;

namespace Llkd.Students.Transformer;

/// <content>How a student comes to be: from scratch, from a pretrained encoder, from a trained student's folder.</content>
public sealed partial class TransformerStudent
{
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
        return FromScratch(new ByteLevelBpe(vocabulary), shape with { Vocabulary = vocabulary.Size }, options);
    }

    private static TransformerStudent FromScratch(ByteLevelBpe tokenizer, TransformerShape shape, TransformerOptions options)
    {
        OpenMpThreads.WaitBriefly();
        var step = new StepOptions(options.Dropout, options.WeightDecay, options.Clip, options.Seed, Engine.For(options, shape));
        var network = new TransformerNetwork(shape, options.Dropout, new RandomStream(options.Seed, "weights"), step.Engine);
        return new TransformerStudent(tokenizer, shape, options.MaxLength, network, step, null)
        {
            _remake = seed => FromScratch(tokenizer, shape, options with { Seed = seed }),
        };
    }

    /// <summary>
    /// A student that begins with a pretrained encoder. Its head is new, unless the folder is a classifier for the very
    /// same labels in the same order: then its head is kept too.
    /// </summary>
    /// <param name="folder">A Hugging Face folder: config.json, model.safetensors (or an index of several), tokenizer files.</param>
    /// <param name="options">How it is trained on.</param>
    /// <param name="labels">Names of the classes, at least two.</param>
    /// <exception cref="InputException">The folder holds no such model, or a broken one.</exception>
    public static TransformerStudent LoadPretrained(string folder, PretrainedOptions options, IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfLessThan(labels.Count, 2, nameof(labels));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxLength, 4, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegative(options.FreezeLayers, nameof(options));
        if (options.LayerDecay is not (> 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(options), options.LayerDecay, "LayerDecay is above 0 and at most 1.");
        ModelConfig config = Config(folder, labelsNeeded: false);
        TransformerShape shape = TransformerShape.Load(config, folder, labels.Count) with { Pooling = options.Pooling };
        if (options.FreezeLayers > shape.Layers)
            throw new InputException($"student.freezeLayers is {options.FreezeLayers}, but {folder} has {shape.Layers} layers.");
        bool sameLabels = config.Labels.SequenceEqual(labels) && PretrainedWeights.HasHead(shape, folder);
        var step = new StepOptions(options.Dropout, options.WeightDecay, options.Clip, options.Seed, Engine.For(options, shape));
        TransformerStudent student = Load(
            folder, config, shape, Math.Min(options.MaxLength, shape.MaxLength), step,
            sameLabels ? HeadSource.Folder : HeadSource.New, options.FreezeLayers > 0 ? options.FreezeLayers + 1 : 0, options.LayerDecay);
        student._remake = seed => LoadPretrained(folder, options with { Seed = seed }, labels);
        return student;
    }

    /// <summary>Loads a trained student's folder for prediction.</summary>
    /// <param name="folder">As <see cref="SaveModel"/> or Hugging Face's save_pretrained writes it.</param>
    /// <param name="threads">Threads; 0: as many as the process may use.</param>
    /// <exception cref="InputException">The folder holds no such model, or a broken one.</exception>
    public static TransformerStudent LoadModel(string folder, int threads = 0)
    {
        ModelConfig config = Config(folder, labelsNeeded: true);
        TransformerShape shape = TransformerShape.Load(config, folder, config.Labels.Count);
        int maxLength = Math.Min(TokenizerFolder.MaxLength(folder) ?? shape.MaxLength, shape.MaxLength);
        return Load(folder, config, shape, maxLength, new StepOptions(0, 0, 0, 1, Engine.For(new PretrainedOptions { Threads = threads, Precision = TrainingPrecision.Fp32 }, shape)), HeadSource.Folder);
    }

    private static ModelConfig Config(string folder, bool labelsNeeded)
    {
        if (!Directory.Exists(folder)) throw new InputException($"The model folder {folder} does not exist.");
        return ModelConfig.Load(folder, labelsNeeded);
    }

    private static TransformerStudent Load(
        string folder, ModelConfig config, TransformerShape shape, int maxLength, StepOptions options, HeadSource head, int frozen = 0, double layerDecay = 1)
    {
        ITextTokenizer tokenizer = TokenizerFolder.Load(folder);
        if (tokenizer.Size > shape.Vocabulary)
            throw new InputException($"{folder}: the tokenizer has the id {tokenizer.Size - 1}, but `vocab_size` in config.json is {shape.Vocabulary}.");
        if (tokenizer.Special.Pad is { } pad && pad != shape.PadId)
            throw new InputException($"{folder}: the tokenizer's padding token has the id {pad}, but `pad_token_id` in config.json is {shape.PadId}.");
        OpenMpThreads.WaitBriefly();
        var network = new TransformerNetwork(shape, options.Dropout, null, options.Engine, frozen: frozen, layerDecay: layerDecay);
        try
        {
            network.InitialiseHead(new RandomStream(options.Seed, "weights"));
            PretrainedWeights.Load(network, shape, folder, head, options.Engine.Threads);
            return new TransformerStudent(tokenizer, shape, maxLength, network, options, config.ToJson());
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }
}
