using System.Globalization;
using Llkd.Features;
using Llkd.Labels;
using Llkd.References;

namespace Llkd.Tests.Samples;

/// <summary>
/// How hard the quick start's task is. Each figure is compared with the table in samples/README.md, to half a point, because
/// logarithms and exponentials may differ in the last bit between machines.
/// </summary>
public sealed class HelpdeskDifficultyTests(ITestOutputHelper output)
{
    private const int Shots = 16;

    private static readonly (string[] Ids, string[] Texts, int[] Labels) s_pool = HelpdeskSample.Read("pool");
    private static readonly (string[] Ids, string[] Texts, int[] Labels) s_test = HelpdeskSample.Read("test");

    [Fact]
    public void A_classifier_trained_on_the_pools_gold_labels_reaches_85_to_97_percent()
    {
        double accuracy = AccuracyAfter(s_pool.Texts, s_pool.Labels);
        Report("TF-IDF + logistic regression, trained on the pool's 4,000 gold labels", accuracy);
        Assert.InRange(accuracy, 0.85, 0.97);
    }

    [Fact]
    public void A_classifier_trained_on_16_gold_labels_a_class_falls_well_short()
    {
        var examples = Examples(offset: 0);
        double accuracy = AccuracyAfter(
            [.. examples.SelectMany(texts => texts)], [.. examples.SelectMany((texts, k) => Enumerable.Repeat(k, texts.Count))]);
        Report("The same, trained on 16 gold labels a class", accuracy);
        Assert.InRange(accuracy, 0.5, 0.8);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(14)]
    public void A_teacher_with_16_examples_a_class_reaches_60_to_85_percent_and_knows_when_it_is_sure(int offset)
    {
        var teacher = FewShotPrototypes.Make(s_pool.Texts, HelpdeskSample.Labels, Examples(offset));
        var answers = s_test.Texts.Zip(s_test.Labels, (text, label) =>
        {
            double[] q = teacher.Predict(text);
            return (Confidence: q.Max(), Right: Argmax(q) == label ? 1.0 : 0);
        }).OrderByDescending(answer => answer.Confidence).ToList();
        double accuracy = answers.Average(answer => answer.Right);
        double surer = answers.Take(answers.Count / 2).Average(answer => answer.Right);
        double other = answers.Skip(answers.Count / 2).Average(answer => answer.Right);
        if (offset == 0)
        {
            Report("Few-shot teacher: cosine to TF-IDF prototypes of 16 examples a class", accuracy);
            Report("The teacher where it is surer (half of the texts)", surer);
            Report("The teacher where it is less sure (the other half)", other);
        }
        else output.WriteLine($"Few-shot teacher, other examples (from {offset} on): {accuracy:P1}");
        Assert.InRange(accuracy, 0.62, 0.83);
        Assert.True(surer - other > 0.2, $"The surer half is right in {surer:P1}, the other in {other:P1}.");
    }

    [Fact]
    public void A_student_of_the_teachers_labels_on_the_pool_beats_its_teacher()
    {
        var teacher = FewShotPrototypes.Make(s_pool.Texts, HelpdeskSample.Labels, Examples(offset: 0));
        var labelled = s_pool.Texts.Select(text => (Text: text, Q: teacher.Predict(text))).OrderByDescending(row => row.Q.Max()).ToList();
        double ofTeacher = s_test.Texts.Zip(s_test.Labels).Average(row => Argmax(teacher.Predict(row.First)) == row.Second ? 1.0 : 0);
        double ofAll = Student(labelled), ofSurer = Student(labelled.Take(labelled.Count / 2));
        Report("TF-IDF + logistic regression, trained on the teacher's labels of the whole pool", ofAll);
        Report("The same, trained on the half of the pool where the teacher is surer", ofSurer);
        Assert.True(ofAll > ofTeacher + 0.04, $"Student {ofAll:P1}, teacher {ofTeacher:P1}.");
        Assert.True(ofSurer > ofTeacher + 0.04, $"Student of the surer half {ofSurer:P1}, teacher {ofTeacher:P1}.");

        // A stronger penalty than for gold labels: a third of the teacher's are wrong.
        static double Student(IEnumerable<(string Text, double[] Q)> rows) => AccuracyAfter(
            [.. rows.Select(row => row.Text)], [.. rows.Select(row => Argmax(row.Q))], inversePenalty: 1);
    }

    [Fact]
    public void The_best_rule_with_one_keyword_a_class_stays_under_65_percent()
    {
        var onTest = KeywordRule.Choose(s_test.Texts, s_test.Labels, HelpdeskSample.Labels.Count);
        var onPool = KeywordRule.Choose(s_pool.Texts, s_pool.Labels, HelpdeskSample.Labels.Count);
        double best = onTest.Accuracy(s_test.Texts, s_test.Labels), honest = onPool.Accuracy(s_test.Texts, s_test.Labels);
        Report("Best rule with one keyword a class, chosen on the test set itself", best);
        output.WriteLine($"Chosen on the pool: {honest:P1}: "
            + string.Join(", ", onPool.Rules.Select(rule => $"{rule.Word} → {HelpdeskSample.Labels[rule.Class].Name}")));
        Assert.InRange(best, 0.24, 0.6); // 0.24: always the most frequent label
        Assert.InRange(honest, 0.24, 0.6);
    }

    /// <summary>Shows a figure and compares it with the README's table.</summary>
    private void Report(string row, double accuracy)
    {
        output.WriteLine($"| {row} | {accuracy:P1} |");
        string readme = Path.Combine(HelpdeskSample.Folder, "..", "README.md");
        string line = File.ReadLines(readme).SingleOrDefault(line => line.StartsWith($"| {row} |", StringComparison.Ordinal))
            ?? throw new InvalidDataException($"samples/README.md has no row \"{row}\".");
        double published = double.Parse(line.Split('|')[2].Trim().TrimEnd('%'), CultureInfo.InvariantCulture) / 100;
        Assert.True(Math.Abs(published - accuracy) <= 0.005, $"samples/README.md says {published:P1} for \"{row}\"; measured {accuracy:P1}.");
    }

    /// <summary>Accuracy on the test set of TF-IDF + logistic regression trained on texts and their labels.</summary>
    private static double AccuracyAfter(string[] texts, int[] labels, double inversePenalty = 10)
    {
        int classes = HelpdeskSample.Labels.Count;
        var distributions = new float[labels.Length * classes];
        for (int i = 0; i < labels.Length; i++) distributions[i * classes + labels[i]] = 1;
        var pool = new PoolFeatures(texts, new TfidfOptions { MinCount = 1, SublinearTf = false });
        var classifier = TfidfLogistic.Train(
            pool, new PseudoLabels(distributions, classes), new TfidfLogisticOptions { InversePenalty = inversePenalty, Tolerance = 1e-6 });
        int[] predicted = classifier.Predict(s_test.Texts).Labels.ToArray();
        return predicted.Zip(s_test.Labels).Count(pair => pair.First == pair.Second) / (double)predicted.Length;
    }

    private static int Argmax(double[] values) => Array.IndexOf(values, values.Max());

    /// <summary>The offset-th and following validation texts of each class, [classes][shots].</summary>
    private static List<IReadOnlyList<string>> Examples(int offset)
    {
        var (_, texts, labels) = HelpdeskSample.Read("validation");
        return [.. Enumerable.Range(0, HelpdeskSample.Labels.Count).Select(k =>
            (IReadOnlyList<string>)[.. texts.Zip(labels).Where(row => row.Second == k).Skip(offset).Take(Shots).Select(row => row.First)])];
    }
}
