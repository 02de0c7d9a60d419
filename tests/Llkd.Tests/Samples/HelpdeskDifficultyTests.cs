namespace Llkd.Tests.Samples;

/// <summary>How hard the quick start's task is; samples/README.md shows what these print.</summary>
public sealed class HelpdeskDifficultyTests(ITestOutputHelper output)
{
    private const int Shots = 16;

    [Fact]
    public void A_classifier_trained_on_the_pool_gold_labels_reaches_85_to_97_percent()
    {
        var (_, poolTexts, poolLabels) = HelpdeskSample.Read("pool");
        var (_, testTexts, testLabels) = HelpdeskSample.Read("test");
        var classifier = TfidfLogistic.Train(poolTexts, poolLabels, HelpdeskSample.Labels.Count);
        double accuracy = classifier.Accuracy(testTexts, testLabels);
        output.WriteLine($"TF-IDF + logistic regression, 4,000 gold labels: test accuracy {accuracy:P1}");
        for (int k = 0; k < HelpdeskSample.Labels.Count; k++)
        {
            int[] rows = [.. Enumerable.Range(0, testTexts.Length).Where(i => testLabels[i] == k)];
            output.WriteLine($"  {HelpdeskSample.Labels[k].Name}: {rows.Count(i => classifier.Classify(testTexts[i]) == k)} of {rows.Length}");
        }
        foreach (int i in Enumerable.Range(0, testTexts.Length).Where(i => classifier.Classify(testTexts[i]) != testLabels[i]).Take(12))
            output.WriteLine($"  {HelpdeskSample.Labels[testLabels[i]].Name} taken for {HelpdeskSample.Labels[classifier.Classify(testTexts[i])].Name}: {testTexts[i]}");
        Assert.InRange(accuracy, 0.85, 0.97);
    }

    [Fact]
    public void A_classifier_trained_on_16_gold_labels_a_class_falls_well_short()
    {
        var (_, testTexts, testLabels) = HelpdeskSample.Read("test");
        var examples = Examples(offset: 0);
        var classifier = TfidfLogistic.Train(
            [.. examples.SelectMany(texts => texts)], [.. examples.SelectMany((texts, k) => Enumerable.Repeat(k, texts.Count))], examples.Count);
        double accuracy = classifier.Accuracy(testTexts, testLabels);
        output.WriteLine($"TF-IDF + logistic regression, 16 gold labels a class: test accuracy {accuracy:P1}");
        Assert.InRange(accuracy, 0.4, 0.78);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(14)]
    public void A_teacher_with_16_examples_a_class_reaches_60_to_85_percent_and_knows_when_it_is_sure(int offset)
    {
        var (_, pool, _) = HelpdeskSample.Read("pool");
        var (_, texts, labels) = HelpdeskSample.Read("test");
        var teacher = FewShotPrototypes.Make(pool, HelpdeskSample.Labels, Examples(offset));
        var answers = texts.Zip(labels, (text, label) =>
        {
            double[] q = teacher.Predict(text);
            return (Confidence: q.Max(), Right: q[label] == q.Max());
        }).OrderByDescending(answer => answer.Confidence).ToList();
        double accuracy = answers.Average(answer => answer.Right ? 1.0 : 0);
        double top = answers.Take(texts.Length / 2).Average(answer => answer.Right ? 1.0 : 0);
        double bottom = answers.Skip(texts.Length / 2).Average(answer => answer.Right ? 1.0 : 0);
        output.WriteLine($"Prototype teacher, 16 examples a class from {offset} on: test accuracy {accuracy:P1}, surer half {top:P1}, other half {bottom:P1}, mean confidence {answers.Average(a => a.Confidence):P1}");
        Assert.InRange(accuracy, 0.62, 0.83);
        Assert.True(top - bottom > 0.15, $"The surer half is right in {top:P1}, the other in {bottom:P1}.");
    }

    [Fact]
    public void The_best_rule_with_one_keyword_a_class_stays_under_65_percent()
    {
        var (_, poolTexts, poolLabels) = HelpdeskSample.Read("pool");
        var (_, testTexts, testLabels) = HelpdeskSample.Read("test");
        var onPool = KeywordRule.Choose(poolTexts, poolLabels, HelpdeskSample.Labels.Count);
        var onTest = KeywordRule.Choose(testTexts, testLabels, HelpdeskSample.Labels.Count);
        double fromPool = testTexts.Zip(testLabels).Count(row => onPool.Classify(row.First) == row.Second) / (double)testTexts.Length;
        double fromTest = testTexts.Zip(testLabels).Count(row => onTest.Classify(row.First) == row.Second) / (double)testTexts.Length;
        string words = string.Join(", ", onPool.Rules.Select(rule => $"{rule.Word} → {HelpdeskSample.Labels[rule.Class].Name}"));
        output.WriteLine($"One keyword a class, chosen on the pool: test accuracy {fromPool:P1}; chosen on the test set itself: {fromTest:P1} ({words})");
        Assert.InRange(fromTest, 0.3, 0.6);
        Assert.InRange(fromPool, 0.3, 0.6);
    }

    [Fact]
    public void A_student_of_the_teachers_labels_on_the_pool_gets_better_with_the_surer_half_only()
    {
        var (_, pool, _) = HelpdeskSample.Read("pool");
        var (_, texts, labels) = HelpdeskSample.Read("test");
        var teacher = FewShotPrototypes.Make(pool, HelpdeskSample.Labels, Examples(offset: 0));
        var pseudo = pool.Select(text => (Text: text, Q: teacher.Predict(text))).OrderByDescending(row => row.Q.Max()).ToList();
        double teacherAccuracy = texts.Zip(labels).Average(row => Argmax(teacher.Predict(row.First)) == row.Second ? 1.0 : 0);
        double all = Student(pseudo), half = Student(pseudo.Take(pool.Length / 2));
        output.WriteLine($"Student of the prototype teacher ({teacherAccuracy:P1}): on all its labels {all:P1}, on the surer half {half:P1}");
        Assert.True(half > teacherAccuracy + 0.02, $"Student {half:P1}, teacher {teacherAccuracy:P1}.");

        double Student(IEnumerable<(string Text, double[] Q)> rows) => TfidfLogistic.Train(
            [.. rows.Select(row => row.Text)], [.. rows.Select(row => Argmax(row.Q))], HelpdeskSample.Labels.Count,
            l2: 1).Accuracy(texts, labels);
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
