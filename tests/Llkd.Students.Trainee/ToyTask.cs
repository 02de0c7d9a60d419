using Llkd.Labels;
using Llkd.Numerics;
using Llkd.Students.Ngram;
using Llkd.Students.Training;

namespace Llkd.Students.Trainee;

/// <summary>
/// A made-up task: texts of words that lean towards one of three labels, and a teacher that errs on a sixth of them,
/// less surely than where it is right. The same at every call.
/// </summary>
public static class ToyTask
{
    public const int PoolSize = 240;

    public static IReadOnlyList<string> Labels { get; } = ["animals", "plants", "stones"];

    public static TrainerSettings Settings { get; } = new() { Epochs = 4, BatchSize = 16, Seed = 3, LearningRate = 0.01 };

    public static NgramStudent Student(int seed, double dropout = 0.1) => NgramStudent.Create(
        Texts("pool", PoolSize).Select(t => t.Text), Labels.Count,
        new NgramOptions { Hidden = 16, Buckets = 1 << 12, Dropout = dropout, Seed = seed });

    public static TrainingData Data(IStudent student)
    {
        (string Text, int Label)[] pool = Texts("pool", PoolSize), stopping = Texts("stopping", 60);
        return new TrainingData
        {
            Pool = MemoryCorpus.Encode(student, pool.Select(t => t.Text)),
            Labels = new PseudoLabels([.. Teacher(pool)], Labels.Count),
            Samples = [.. Enumerable.Range(0, PoolSize)],
            PoolGold = [.. pool.Select(t => t.Label)],
            Stopping = MemoryCorpus.Encode(student, stopping.Select(t => t.Text)),
            StoppingLabels = [.. stopping.Select(t => t.Label)],
            StoppingIsGold = true,
            LabelNames = Labels,
        };
    }

    private static (string Text, int Label)[] Texts(string name, int count)
    {
        var random = new RandomStream(1, name);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            int label = random.NextInt32(Labels.Count);
            var words = new string[3 + random.NextInt32(6)];
            for (int i = 0; i < words.Length; i++)
                words[i] = $"word{(random.NextInt32(3) == 0 ? random.NextInt32(60) : 20 * label + random.NextInt32(20))}";
            return (string.Join(' ', words), label);
        })];
    }

    private static IEnumerable<float> Teacher((string Text, int Label)[] texts)
    {
        var random = new RandomStream(1, "teacher");
        foreach ((_, int gold) in texts)
        {
            bool errs = random.NextInt32(6) == 0;
            int said = errs ? (gold + 1) % Labels.Count : gold;
            float confidence = (errs ? 0.4f : 0.6f) + 0.35f * random.NextSingle();
            for (int k = 0; k < Labels.Count; k++) yield return k == said ? confidence : (1 - confidence) / 2;
        }
    }
}
