using Llkd.Documents;
using Llkd.Labels;
using Llkd.Numerics;
using Llkd.Selection;
using Llkd.Students;
using Llkd.Students.Ngram;
using Llkd.Students.Training;
using Llkd.Students.Transformer;
using Llkd.Tasks;
using Llkd.Teachers;

namespace Llkd.Benchmarks.Training;

/// <summary>The emotions data beside the checkout, labelled by the prototype teacher with 16 examples a class.</summary>
internal sealed class Emotions
{
    private readonly IReadOnlyList<Document> _validation;

    private Emotions(string[] texts, PseudoLabels labels, IReadOnlyList<Document> validation, string[] names) =>
        (Texts, Labels, _validation, Names) = (texts, labels, validation, names);

    public string[] Texts { get; }

    public PseudoLabels Labels { get; }

    public string[] Names { get; }

    public static async Task<Emotions> LoadAsync(string file = "bench/tasks/emotions.yaml")
    {
        DistillationTask task = TaskFile.Load(file);
        DataSet data = DataSet.Load(task);
        PrototypeTeacher teacher = new PrototypeTeacher(task.Labels, data.Examples, data.Pool.Texts());
        var distributions = new List<float>();
        await foreach (TeacherLabel label in teacher.LabelAsync(data.Pool.ToAsyncEnumerable(), CancellationToken.None)) distributions.AddRange(label.Distribution!);
        return new Emotions([.. data.Pool.Texts()], new PseudoLabels([.. distributions], task.Labels.Count), data.Validation, [.. task.Labels.Select(label => label.Name)]);
    }

    public TransformerStudent SmallTransformer(int seed, int threads, TrainingPrecision precision = TrainingPrecision.Auto, bool emulated = false) => TransformerStudent.Create(
        Texts,
        new TransformerOptions { Layers = 2, Hidden = 128, Heads = 4, MaxLength = 64, Vocabulary = 8000, Threads = threads, Seed = seed, Precision = precision, EmulateBf16 = emulated },
        Names);

    public NgramStudent Ngram(int seed) => NgramStudent.Create(Texts, Names.Length, new NgramOptions { Seed = seed });

    public TrainingData For(IStudent student) => new()
    {
        Pool = MemoryCorpus.Encode(student, Texts),
        Labels = Labels,
        Samples = [.. Enumerable.Range(0, Texts.Length)],
        Stopping = MemoryCorpus.Encode(student, _validation.Select(document => document.Text)),
        StoppingLabels = [.. _validation.Select(document => document.Label)],
        StoppingIsGold = true,
        LabelNames = Names,
    };

    public TrainingResult Train(
        IStudent student, string method, IReadOnlyDictionary<string, string> options, TrainerSettings settings, ITrainingObserver? observer = null) =>
        new Trainer(
            student, For(student), SelectionMethods.Create(method, OptionMap.Of(options), Names.Length, settings.Seed), settings,
            new RandomStream(settings.Seed, "filter"), null, observer).Run();
}
