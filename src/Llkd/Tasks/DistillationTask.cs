using Llkd.Students;

namespace Llkd.Tasks;

/// <summary>A whole job, as a task file describes it. Paths are as written; <see cref="PathOf"/> resolves them.</summary>
public sealed record DistillationTask
{
    /// <summary>Name of the task; a run's folder belongs to one task.</summary>
    [Key("name", Required = true)]
    public string Name { get; init; } = "";

    /// <summary>The labels: names, or mappings of `name` and `description` (the description helps the teacher).</summary>
    [Key("labels", Required = true)]
    public IReadOnlyList<TaskLabel> Labels { get; init; } = [];

    /// <summary>Where the texts are.</summary>
    [Key("data", Required = true)]
    public DataOptions Data { get; init; } = new();

    /// <summary>Who labels.</summary>
    [Key("teacher")]
    public TeacherOptions Teacher { get; init; } = new();

    /// <summary>Who learns.</summary>
    [Key("student")]
    public StudentOptions Student { get; init; } = new();

    /// <summary>How the student is trained.</summary>
    [Key("training")]
    public TrainingOptions Training { get; init; } = new();

    /// <summary>Folder that relative paths start from: the task file's own.</summary>
    public string BaseDirectory { get; init; } = ".";

    /// <summary>A path of the task file as a full path.</summary>
    public string PathOf(string path) => Path.GetFullPath(Path.Combine(BaseDirectory, path));
}

/// <summary>One label of a task.</summary>
public sealed record TaskLabel
{
    /// <summary>The label's name, as it stands in the label columns.</summary>
    [Key("name", Required = true)]
    public string Name { get; init; } = "";

    /// <summary>What the label means, in the words a teacher should know; optional.</summary>
    [Key("description")]
    public string? Description { get; init; }

    /// <summary>How the label stands in the gold label columns where it is not its name, such as a number; the name is read as well.</summary>
    [Key("value")]
    public string? Value { get; init; }
}

/// <summary>Where the texts are, and which columns hold what.</summary>
public sealed record DataOptions
{
    /// <summary>Table of unlabeled texts (.csv, .tsv, .jsonl, .parquet). A label column in it is never trained on; it serves to report the teacher's accuracy.</summary>
    [Key("pool", Required = true, IsPath = true)]
    public string Pool { get; init; } = "";

    /// <summary>Table with gold labels for early stopping and calibration; optional.</summary>
    [Key("validation", IsPath = true)]
    public string? Validation { get; init; }

    /// <summary>Table with gold labels for the reported figures; optional.</summary>
    [Key("test", IsPath = true)]
    public string? Test { get; init; }

    /// <summary>Format of these tables, and of `teacher.examples`.</summary>
    [Key("format")]
    public DataFormat Format { get; init; } = DataFormat.ByEnding;

    /// <summary>Name of the text column.</summary>
    [Key("text")]
    public string Text { get; init; } = "text";

    /// <summary>Name of the gold label column; it must be there in validation and test, and may be missing in the pool.</summary>
    [Key("label")]
    public string Label { get; init; } = "label";

    /// <summary>Name of the id column; where a table has no such column, rows have no id.</summary>
    [Key("id")]
    public string Id { get; init; } = "id";

    /// <summary>Share of the pool's rows with a gold label that is held out as the validation set, for tasks without a validation file. Chosen by a hash of the text and `splitSeed`.</summary>
    [Key("validationShare", Minimum = 0, Maximum = 0.9)]
    public double ValidationShare { get; init; }

    /// <summary>Share of the pool's rows with a gold label that is held out as the test set, for tasks without a test file.</summary>
    [Key("testShare", Minimum = 0, Maximum = 0.9)]
    public double TestShare { get; init; }

    /// <summary>Seed of the two shares above.</summary>
    [Key("splitSeed")]
    public int SplitSeed { get; init; } = 1;

    /// <summary>What to do with a text that stands in the pool more than once.</summary>
    [Key("duplicates")]
    public DuplicatePolicy Duplicates { get; init; } = DuplicatePolicy.Drop;

    /// <summary>Longest text accepted, in UTF-16 code units; a longer one is an error that names its row.</summary>
    [Key("maxTextLength", Minimum = 1)]
    public int MaxTextLength { get; init; } = 1_000_000;

    /// <summary>How many rows the tables should have; `llkd evaluate --check-data` says what differs.</summary>
    [Key("expected")]
    public ExpectedRows Expected { get; init; } = new();
}

/// <summary>Formats of a task's tables.</summary>
public enum DataFormat
{
    /// <summary>Told by the file name's ending.</summary>
    ByEnding,
    /// <summary>PubMed RCT's own text files, with the columns `id`, `text`, `label`, `abstract` and `sentence`.</summary>
    PubmedRct,
}

/// <summary>How many rows a task's tables should have.</summary>
public sealed record ExpectedRows
{
    /// <summary>Rows of `data.pool`; checked by `llkd evaluate --check-data` only.</summary>
    [Key("pool", Minimum = 0)]
    public int? Pool { get; init; }

    /// <summary>Rows of `data.validation`.</summary>
    [Key("validation", Minimum = 0)]
    public int? Validation { get; init; }

    /// <summary>Rows of `data.test`.</summary>
    [Key("test", Minimum = 0)]
    public int? Test { get; init; }
}

/// <summary>What to do with repeated texts of the pool.</summary>
public enum DuplicatePolicy
{
    /// <summary>Train on the first one only.</summary>
    Drop,
    /// <summary>Train on all of them; they are still labelled once.</summary>
    Keep,
}

/// <summary>Who learns.</summary>
public sealed record StudentOptions
{
    /// <summary>What the student is.</summary>
    [Key("kind")]
    public StudentKind Kind { get; init; } = StudentKind.Ngram;

    /// <summary>`ngram`: embedding width, default 64. `transformer`: hidden size, default 128.</summary>
    [Key("hidden", Minimum = 1, Maximum = 8192)]
    public int? Hidden { get; init; }

    /// <summary>`ngram`: longest n-gram, in words.</summary>
    [Key("ngrams", Minimum = 1, Maximum = 5)]
    public int Ngrams { get; init; } = 2;

    /// <summary>`ngram`: number of hash buckets; only those that the pool fills take memory.</summary>
    [Key("buckets", Minimum = 16, Maximum = 268435456)]
    public int Buckets { get; init; } = 1 << 20;

    /// <summary>`ngram`: an n-gram in fewer texts of the pool than this is ignored.</summary>
    [Key("minCount", Minimum = 1)]
    public int MinCount { get; init; } = 2;

    /// <summary>`transformer`: number of layers.</summary>
    [Key("layers", Minimum = 1, Maximum = 96)]
    public int Layers { get; init; } = 4;

    /// <summary>`transformer`: attention heads; the hidden size must be a multiple.</summary>
    [Key("heads", Minimum = 1, Maximum = 128)]
    public int Heads { get; init; } = 4;

    /// <summary>`transformer`, `pretrained`: longest input in tokens, with the special ones; what is longer is cut, and counted. A pretrained model that takes less keeps to its own.</summary>
    [Key("maxLength", Minimum = 4, Maximum = 4096)]
    public int MaxLength { get; init; } = 128;

    /// <summary>`transformer`: size of the byte-level BPE vocabulary trained on the pool.</summary>
    [Key("vocabulary", Minimum = 300, Maximum = 1000000)]
    public int Vocabulary { get; init; } = 8000;

    /// <summary>`pretrained`: the Hugging Face folder to begin with: config.json, model.safetensors and tokenizer files of RoBERTa, XLM-RoBERTa, BERT or DistilBERT.</summary>
    [Key("path", IsPath = true)]
    public string? Path { get; init; }

    /// <summary>`pretrained`: how many of the first layers stay as they are; with one or more the embeddings do too.</summary>
    [Key("freezeLayers", Minimum = 0, Maximum = 1024)]
    public int FreezeLayers { get; init; }

    /// <summary>`pretrained`: factor on the learning rate from each layer to the one before it; the head has the whole rate.</summary>
    [Key("layerDecay", Minimum = 0.01, Maximum = 1)]
    public double LayerDecay { get; init; } = 1;

    /// <summary>`pretrained`: what the head reads.</summary>
    [Key("pooling")]
    public Pooling Pooling { get; init; } = Pooling.Cls;

    /// <summary>Dropout probability.</summary>
    [Key("dropout", Minimum = 0, Maximum = 0.95)]
    public double Dropout { get; init; } = 0.1;
}

/// <summary>Kinds of students.</summary>
public enum StudentKind
{
    /// <summary>Hashed word n-gram embeddings, mean-pooled, with an MLP head.</summary>
    Ngram,
    /// <summary>A RoBERTa-shaped encoder from scratch.</summary>
    Transformer,
    /// <summary>A pretrained encoder from a Hugging Face folder, with a new head.</summary>
    Pretrained,
}

/// <summary>How the student is trained.</summary>
public sealed record TrainingOptions
{
    /// <summary>Selection method, by its published name in lower case with hyphens.</summary>
    [Key("method")]
    public string Method { get; init; } = "llkd";

    /// <summary>Options of the method, below.</summary>
    [Key("options")]
    public OptionMap Options { get; init; } = OptionMap.Empty;

    /// <summary>Methods that `llkd run` also trains on the same labels, to show what the selection is worth.</summary>
    [Key("baselines")]
    public IReadOnlyList<string> Baselines { get; init; } = [];

    /// <summary>Passes over the pool.</summary>
    [Key("epochs", Minimum = 1)]
    public int Epochs { get; init; } = 6;

    /// <summary>Samples in a batch, before selection.</summary>
    [Key("batchSize", Minimum = 1)]
    public int BatchSize { get; init; } = 64;

    /// <summary>Seed of data order, dropout and initial weights.</summary>
    [Key("seed")]
    public int Seed { get; init; } = 1;

    /// <summary>Highest learning rate; default: 0.01 for `ngram`, 0.0005 for `transformer`, 0.00002 for `pretrained`.</summary>
    [Key("learningRate", Minimum = 1e-9, Maximum = 10)]
    public double? LearningRate { get; init; }

    /// <summary>Share of the steps over which the learning rate rises linearly from 0; it falls linearly to 0 over the rest.</summary>
    [Key("warmup", Minimum = 0, Maximum = 1)]
    public double Warmup { get; init; } = 0.06;

    /// <summary>Decoupled weight decay of AdamW; not applied to biases and layer norms.</summary>
    [Key("weightDecay", Minimum = 0, Maximum = 10)]
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>Largest L2 norm of the gradient; a longer one is scaled down. 0 turns clipping off.</summary>
    [Key("clip", Minimum = 0)]
    public double Clip { get; init; } = 1;

    /// <summary>Evaluations without improvement after which training stops; 0: never, the best weights are kept all the same.</summary>
    [Key("patience", Minimum = 0)]
    public int Patience { get; init; }

    /// <summary>Share of the pool held out to stop on, where there is no validation set (agreement with the teacher); 0: nothing is held out, and the last weights are kept.</summary>
    [Key("holdout", Minimum = 0, Maximum = 0.5)]
    public double Holdout { get; init; } = 0.05;

    /// <summary>Evaluations on the validation set (or the held-out share) in each epoch.</summary>
    [Key("evaluationsPerEpoch", Minimum = 1)]
    public int EvaluationsPerEpoch { get; init; } = 1;

    /// <summary>Steps between two checkpoints; 0: one at the end of each epoch.</summary>
    [Key("checkpointEvery", Minimum = 0)]
    public int CheckpointEvery { get; init; }

    /// <summary>Steps that selected samples wait at most to be trained on in full batches of `batchSize`, which saves optimiser steps; 0: what a batch gives is trained on at once, as in the paper.</summary>
    [Key("regroup", Minimum = 0, Maximum = 10000)]
    public int Regroup { get; init; }

    /// <summary>`transformer`, `pretrained`: number type of the encoder's matrix products. A training keeps what `auto` came to at its beginning, and the report names it; weights and optimiser are in fp32 always.</summary>
    [Key("precision")]
    public TrainingPrecision Precision { get; init; }

    /// <summary>`transformer`, `pretrained`: most texts in one forward and backward pass; the gradients of a batch's passes are added up. Fewer take less memory.</summary>
    [Key("microBatch", Minimum = 1, Maximum = 4096)]
    public int MicroBatch { get; init; } = 16;

    /// <summary>`transformer`, `pretrained`: keep only each layer's input for the backward pass and compute the rest once more: much less memory for about a third more time.</summary>
    [Key("recompute")]
    public bool Recompute { get; init; }

    /// <summary>`transformer`, `pretrained`: where the student is computed; `cuda` takes a build with CUDA (docs/performance.md).</summary>
    [Key("device")]
    public ComputeDevice Device { get; init; }

    /// <summary>Threads of a transformer or pretrained student; 0: as many as the process may use, which is also the most there can be. Another number gives other rounding, so a checkpoint keeps its own.</summary>
    [Key("threads", Minimum = 0)]
    public int Threads { get; init; }
}
