using Llkd.Numerics;
using Llkd.Students;
using Llkd.Students.Export;
using Llkd.Students.Ngram;
using Llkd.Students.Transformer;

namespace Llkd.Inference.Tests;

/// <summary>A small task, students trained on it once, and folders they are exported to. Removed with the test's class.</summary>
public sealed class Moods : IDisposable
{
    public static readonly string[] Labels = ["good", "bad", "odd"];

    private static readonly string[] Noise = ["the", "film", "was", "a", "long", "story", "about", "my", "train", "and", "its", "cook", "日本", "🎬"];

    private static readonly string[][] Feelings = [["good", "fine", "lovely"], ["bad", "awful", "poor"], ["odd", "strange", "weird"]];

    private readonly string _root = Directory.CreateTempSubdirectory("llkd-inference").FullName;
    private readonly Dictionary<string, float[]> _logits = [];

    public Moods()
    {
        (Texts, Classes) = Make(300, 1);
        Train("ngram", NgramStudent.Create(Texts, 3, new NgramOptions { Hidden = 16 }), 0.02);
        Train("transformer", TransformerStudent.Create(
            Texts, new TransformerOptions { Layers = 2, Hidden = 32, Heads = 2, MaxLength = 32, Vocabulary = 320, Threads = 1, Precision = TrainingPrecision.Fp32, Seed = 3 }, Labels), 0.003);
    }

    public string[] Texts { get; }

    public int[] Classes { get; }

    /// <summary>A student's exported folder.</summary>
    public string Exported(string kind) => Path.Combine(_root, kind + "-exported");

    /// <summary>A student's own folder.</summary>
    public string Student(string kind) => Path.Combine(_root, kind);

    /// <summary>The student's own logits of <see cref="Texts"/>, [texts, 3].</summary>
    public float[] Logits(string kind) => _logits[kind];

    public string Empty(string name) => Directory.CreateDirectory(Path.Combine(_root, name)).FullName;

    /// <summary>A copy of an exported folder, to be damaged.</summary>
    public string Copy(string kind, string name)
    {
        string copy = Empty(name);
        foreach (string file in Directory.GetFiles(Exported(kind))) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        return copy;
    }

    public static (string[] Texts, int[] Classes) Make(int count, int seed)
    {
        var random = new RandomStream(seed, "moods");
        var texts = new string[count];
        var classes = new int[count];
        for (int i = 0; i < count; i++)
        {
            classes[i] = random.NextInt32(3);
            List<string> words = [.. Enumerable.Range(0, random.NextInt32(20)).Select(_ => Noise[random.NextInt32(Noise.Length)])];
            words.Insert(random.NextInt32(words.Count + 1), Feelings[classes[i]][random.NextInt32(3)]);
            texts[i] = string.Join(' ', words);
        }
        return (texts, classes);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void Train(string kind, IStudent student, double rate)
    {
        using (student)
        {
            MemoryCorpus corpus = MemoryCorpus.Encode(student, Texts);
            for (int step = 0; step < 200; step++)
            {
                var random = new RandomStream(step, "plan");
                int[] documents = [.. Enumerable.Range(0, 24).Select(_ => random.NextInt32(corpus.Count))];
                student.Train(corpus, documents, CrossEntropy(documents), rate);
            }
            var logits = new float[corpus.Count * 3];
            student.Score(corpus, [.. Enumerable.Range(0, corpus.Count)], logits);
            _logits[kind] = logits;
            Directory.CreateDirectory(Student(kind));
            student.SaveModel(Student(kind), Labels);
            Directory.CreateDirectory(Exported(kind));
            ExportedFolder.Write(Student(kind), Exported(kind), Precision.Float32);
        }
    }

    private LogitLoss CrossEntropy(int[] documents) => (logits, gradient) =>
    {
        double loss = 0;
        for (int i = 0; i < documents.Length; i++)
        {
            Span<float> row = gradient.Slice(i * 3, 3);
            Softmax.Row(logits.Slice(i * 3, 3), row);
            loss -= Math.Log(row[Classes[documents[i]]]);
            row[Classes[documents[i]]] -= 1;
            for (int k = 0; k < 3; k++) row[k] /= documents.Length;
        }
        return loss / documents.Length;
    };
}
