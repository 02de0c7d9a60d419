using Llkd.Numerics;
using Llkd.Students.Transformer;

namespace Llkd.Students.Tests.Transformer;

/// <summary>A small task: a text holds one word of feeling among others; its class is which.</summary>
internal static class Toy
{
    public static readonly string[] Labels = ["good", "bad", "odd"];

    private static readonly string[] Noise = ["the", "film", "was", "a", "long", "story", "about", "my", "train", "and", "its", "cook"];

    private static readonly string[][] Feelings = [["good", "fine", "lovely"], ["bad", "awful", "poor"], ["odd", "strange", "weird"]];

    public static TransformerOptions Options { get; } = new()
    {
        Layers = 2,
        Hidden = 16,
        Heads = 2,
        MaxLength = 24,
        Vocabulary = 320,
        Threads = 1,
        Precision = TrainingPrecision.Fp32,
        Dropout = 0.1,
        Seed = 3,
    };

    public static Engine Engine => new(1, false, false, 16, false, TorchSharp.torch.CPU, 1);

    public static (string[] Texts, int[] Classes) Make(int count, int seed)
    {
        var random = new RandomStream(seed, "toy");
        var texts = new string[count];
        var classes = new int[count];
        for (int i = 0; i < count; i++)
        {
            classes[i] = random.NextInt32(3);
            List<string> words = [.. Enumerable.Range(0, 2 + random.NextInt32(10)).Select(_ => Noise[random.NextInt32(Noise.Length)])];
            words.Insert(random.NextInt32(words.Count + 1), Feelings[classes[i]][random.NextInt32(3)]);
            texts[i] = string.Join(' ', words);
        }
        return (texts, classes);
    }

    /// <summary>A student, its texts encoded, and their classes.</summary>
    public static (TransformerStudent Student, MemoryCorpus Corpus, int[] Classes) Start(TransformerOptions? options = null, int count = 256)
    {
        (string[] texts, int[] classes) = Make(count, 1);
        TransformerStudent student = TransformerStudent.Create(texts, options ?? Options, Labels);
        return (student, MemoryCorpus.Encode(student, texts), classes);
    }

    /// <summary>Mean cross-entropy to the classes of the given documents.</summary>
    public static LogitLoss CrossEntropy(int[] documents, int[] classes) => (logits, gradient) =>
    {
        double loss = 0;
        for (int i = 0; i < documents.Length; i++)
        {
            Span<float> row = gradient.Slice(i * 3, 3);
            Softmax.Row(logits.Slice(i * 3, 3), row);
            loss -= Math.Log(row[classes[documents[i]]]);
            row[classes[documents[i]]] -= 1;
            for (int k = 0; k < 3; k++) row[k] /= documents.Length;
        }
        return loss / documents.Length;
    };

    /// <summary>The same, a part at a time.</summary>
    public static PartialLogitLoss PartOfCrossEntropy(int[] documents, int[] classes) => (rows, logits, gradient) =>
    {
        double share = (double)rows.Length / documents.Length;
        int[] part = [.. rows.ToArray().Select(row => documents[row])];
        double loss = CrossEntropy(part, classes)(logits, gradient) * share;
        for (int i = 0; i < gradient.Length; i++) gradient[i] *= (float)share;
        return loss;
    };

    /// <summary>Takes steps <paramref name="from"/> to <paramref name="to"/> of a fixed plan.</summary>
    public static double Train(TransformerStudent student, MemoryCorpus corpus, int[] classes, int from, int to, double rate = 0.003)
    {
        double loss = 0;
        for (int step = from; step < to; step++)
        {
            var random = new RandomStream(step, "plan");
            int[] documents = [.. Enumerable.Range(0, 20).Select(_ => random.NextInt32(corpus.Count))];
            loss = student.Train(corpus, documents, CrossEntropy(documents, classes), rate);
        }
        return loss;
    }

    public static float[] Score(TransformerStudent student, ITokenCorpus corpus, params int[] documents)
    {
        var logits = new float[documents.Length * student.ClassCount];
        student.Score(corpus, documents, logits);
        return logits;
    }
}
