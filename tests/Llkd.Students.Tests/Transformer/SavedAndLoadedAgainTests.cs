using Llkd.Documents;
using Llkd.Numerics;
using Llkd.Students.Transformer;

namespace Llkd.Students.Tests.Transformer;

/// <summary>A transformer of ours, trained on real data, as the pretrained encoder of another run.</summary>
[Collection(nameof(OneAtATime))]
public sealed class SavedAndLoadedAgainTests
{
    [Theory]
    [InlineData("emotions", 6)]
    [InlineData("banking77", 77)]
    public void A_transformer_saved_by_us_and_loaded_again_as_pretrained_behaves_the_same(string name, int count)
    {
        string file = Path.Combine(SharedData.Folder("data"), name, "train.csv");
        (string[] texts, string[] names) = Rows(file);
        string[] labels = [.. names.Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(count, labels.Length);
        int[] classes = [.. names.Select(label => Array.IndexOf(labels, label))];
        var options = new TransformerOptions { Layers = 2, Hidden = 32, Heads = 2, MaxLength = 32, Vocabulary = 1000, Dropout = 0, Threads = 1, Precision = TrainingPrecision.Fp32 };
        using TransformerStudent student = TransformerStudent.Create(texts, options, labels);
        Train(student, texts, classes, 0, 60);
        using var folder = new ScratchFolder();
        student.SaveModel(folder.Path, labels);
        var again = new PretrainedOptions { MaxLength = 32, Dropout = 0, Threads = 1, Precision = TrainingPrecision.Fp32 };
        using TransformerStudent pretrained = TransformerStudent.LoadPretrained(folder.Path, again, labels);
        using TransformerStudent model = TransformerStudent.LoadModel(folder.Path, 1);
        float[] expected = Score(student, texts);
        Assert.True(expected.Max() - expected.Min() > 0.5, "The student has learned nothing, so agreement would say little.");
        Assert.Equal(expected, Score(model, texts));
        Assert.Equal(expected, Score(pretrained, texts));

        // And it learns on from there as a second one does.
        using TransformerStudent second = TransformerStudent.LoadPretrained(folder.Path, again, labels);
        double one = Train(pretrained, texts, classes, 60, 80), two = Train(second, texts, classes, 60, 80);
        Assert.Equal(one, two);
        Assert.NotEqual(expected, Score(pretrained, texts));
        Assert.Equal(Score(pretrained, texts), Score(second, texts));
    }

    private static (string[] Texts, string[] Labels) Rows(string path)
    {
        using ITable table = Table.Open(path);
        var texts = new List<string>();
        var labels = new List<string>();
        while (table.Read())
        {
            texts.Add(table[table.Find("text")]!);
            labels.Add(table[table.Find("label")]!);
        }
        return ([.. texts], [.. labels]);
    }

    private static double Train(TransformerStudent student, string[] texts, int[] classes, int from, int to)
    {
        double loss = 0;
        for (int step = from; step < to; step++)
        {
            var random = new RandomStream(step, "plan");
            int[] chosen = [.. Enumerable.Range(0, 16).Select(_ => random.NextInt32(texts.Length))];
            MemoryCorpus corpus = MemoryCorpus.Encode(student, chosen.Select(i => texts[i]));
            loss = student.Train(corpus, [.. Enumerable.Range(0, chosen.Length)], CrossEntropy([.. chosen.Select(i => classes[i])], student.ClassCount), 0.003);
        }
        return loss;
    }

    private static LogitLoss CrossEntropy(int[] gold, int classes) => (logits, gradient) =>
    {
        double loss = 0;
        for (int i = 0; i < gold.Length; i++)
        {
            Span<float> row = gradient.Slice(i * classes, classes);
            Softmax.Row(logits.Slice(i * classes, classes), row);
            loss -= Math.Log(row[gold[i]]);
            row[gold[i]] -= 1;
            for (int k = 0; k < classes; k++) row[k] /= gold.Length;
        }
        return loss / gold.Length;
    };

    private static float[] Score(TransformerStudent student, string[] texts)
    {
        const int Scored = 200;
        MemoryCorpus corpus = MemoryCorpus.Encode(student, texts.Take(Scored));
        var logits = new float[Scored * student.ClassCount];
        student.Score(corpus, [.. Enumerable.Range(0, Scored)], logits);
        return logits;
    }
}
