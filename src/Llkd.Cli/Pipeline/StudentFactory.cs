using System.Globalization;
using Llkd.Models;
using Llkd.Students;
using Llkd.Students.Ngram;
using Llkd.Students.Transformer;
using Llkd.Tasks;

namespace Llkd.Cli.Pipeline;

/// <summary>Makes the student a task names, and loads trained ones.</summary>
internal static class StudentFactory
{
    public static IStudent Create(DistillationTask task, IEnumerable<string> poolTexts, int seed)
    {
        StudentOptions s = task.Student;
        TrainingOptions t = task.Training;
        return s.Kind switch
        {
            StudentKind.Ngram => NgramStudent.Create(poolTexts, task.Labels.Count, new NgramOptions
            {
                Hidden = s.Hidden ?? 64,
                Ngrams = s.Ngrams,
                Buckets = s.Buckets,
                MinCount = s.MinCount,
                Dropout = s.Dropout,
                WeightDecay = t.WeightDecay,
                Clip = t.Clip,
                Seed = seed,
            }),
            StudentKind.Transformer => TransformerStudent.Create(poolTexts, WithEngine(task, new TransformerOptions
            {
                Layers = s.Layers,
                Hidden = s.Hidden ?? 128,
                Heads = s.Heads,
                MaxLength = s.MaxLength,
                Vocabulary = s.Vocabulary,
                Dropout = s.Dropout,
                WeightDecay = t.WeightDecay,
                Clip = t.Clip,
                Seed = seed,
            }), [.. task.Labels.Select(label => label.Name)]),
            StudentKind.Pretrained => TransformerStudent.LoadPretrained(task.PathOf(s.Path!), WithEngine(task, new PretrainedOptions
            {
                MaxLength = s.MaxLength,
                Pooling = s.Pooling,
                FreezeLayers = s.FreezeLayers,
                LayerDecay = s.LayerDecay,
                Dropout = s.Dropout,
                WeightDecay = t.WeightDecay,
                Clip = t.Clip,
                Seed = seed,
            }), [.. task.Labels.Select(label => label.Name)]),
            _ => throw new InputException($"student.kind `{s.Kind}` is not known."),
        };
    }

    private static T WithEngine<T>(DistillationTask task, T options) where T : EngineOptions => (T)((EngineOptions)options with
    {
        Threads = Threads(task),
        Precision = task.Training.Precision,
        MicroBatch = task.Training.MicroBatch,
        Recompute = task.Training.Recompute,
        Device = task.Training.Device,
    });

    /// <summary>Loads a model folder, whichever kind it holds.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="threads">Threads of a transformer; 0: as many as the process may use.</param>
    /// <exception cref="InputException">It holds none, or an unknown kind.</exception>
    public static (IStudent Student, IReadOnlyList<string> Labels) Load(string folder, int threads = 0)
    {
        ModelConfig config = ModelConfig.Load(folder);
        IStudent student = config.ModelType switch
        {
            NgramStudent.ModelType => NgramStudent.LoadModel(folder),
            "roberta" or "xlm-roberta" or "bert" or "distilbert" => TransformerStudent.LoadModel(folder, threads),
            _ => throw new InputException($"{folder}: config.json names the model type `{config.ModelType}`; known are {NgramStudent.ModelType}, roberta, xlm-roberta, bert and distilbert."),
        };
        return (student, config.Labels);
    }

    public static double LearningRate(DistillationTask task) =>
        task.Training.LearningRate ?? task.Student.Kind switch
        {
            StudentKind.Ngram => 0.01,
            StudentKind.Transformer => 0.0005,
            _ => 0.00002,
        };

    /// <summary>Threads of a transformer student: as asked, else as many as the process may use.</summary>
    public static int Threads(DistillationTask task) =>
        EngineOptions.ThreadsFor(task.Training.Threads);

    /// <summary>The number format of a student's passes; null where it has no choice of one.</summary>
    public static TrainingPrecision? PrecisionOf(IStudent student) => (student as TransformerStudent)?.Precision;

    /// <summary>The student in a few words.</summary>
    public static string Summary(DistillationTask task, long weights, TrainingPrecision? precision) => string.Create(
        CultureInfo.InvariantCulture,
        $"{task.Student.Kind.ToString().ToLowerInvariant()}, {weights / 1e6:0.0} M weights{(precision is { } trained ? $", trained in {trained.ToString().ToLowerInvariant()}" : "")}");
}
