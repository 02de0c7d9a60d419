using System.Diagnostics;
using Llkd.Documents;
using Llkd.Tasks;
using static Llkd.Teachers.Tests.TestData;

namespace Llkd.Teachers.Tests;

public sealed class PrototypeRealDataTests(ITestOutputHelper output)
{
    [Theory]
    // Shots, and floors under what was measured; the measured values are in the output.
    [InlineData("emotions", "validation", 16, 0.2)]
    [InlineData("emotions", "validation", 0, 0.12)]
    [InlineData("trec", "train", 16, 0.35)]
    [InlineData("snips", "validation", 16, 0.8)]
    [InlineData("snips", "validation", 0, 0.4)]
    [InlineData("sst2", "validation", 16, 0.5)]
    [InlineData("banking77", "train", 16, 0.65)]
    [InlineData("banking77", "train", 0, 0.35)]
    [InlineData("banking77", "train", 100, 0.65)]
    [InlineData("trec", "train", 200, 0.5)]
    [InlineData("emotions", "validation", 200, 0.3)]
    public void Macro_f1_on_real_data(string dataSet, string examplesFrom, int shots, double floor)
    {
        var pool = Rows($"{dataSet}/train.csv");
        TaskLabel[] labels = LabelsOf(pool);
        Document[] test = DocumentsOf(Rows($"{dataSet}/test.csv"), labels);
        Document[] source = DocumentsOf(Rows($"{dataSet}/{examplesFrom}.csv"), labels);
        var watch = Stopwatch.StartNew();
        var teacher = new PrototypeTeacher(labels, Shots(source, shots, 1), Texts(pool));
        double built = watch.Elapsed.TotalSeconds;
        watch.Restart();
        float[][] q = [.. test.Select(document => teacher.Label(document.Text))];
        int[] predicted = [.. q.Select(row => Array.IndexOf(row, row.Max()))];
        double f1 = labels.Select((_, k) =>
        {
            int right = test.Where((document, i) => document.Label == k && predicted[i] == k).Count();
            int all = test.Count(document => document.Label == k) + predicted.Count(label => label == k);
            return right == 0 ? 0 : 2.0 * right / all;
        }).Average();
        double accuracy = test.Where((document, i) => document.Label == predicted[i]).Count() / (double)test.Length;
        output.WriteLine($"{dataSet} {shots} shots: macro F1 {f1:F3}, accuracy {accuracy:F3}, mean confidence {q.Average(row => row.Max()):F3}, "
            + $"left out {teacher.LeaveOneOutAccuracy:F3}, T {teacher.Temperature:F4}, mean log likelihood {test.Select((d, i) => Math.Log(q[i][d.Label])).Average():F3}, "
            + $"built {built:F2} s, {test.Length / watch.Elapsed.TotalSeconds:F0} texts/s on one thread");
        Assert.InRange(f1, floor, 1);
    }

    [Fact]
    public async Task A_real_pool_is_journalled_bit_for_bit_as_one_thread_labels_it()
    {
        var pool = Rows("emotions/train.csv");
        TaskLabel[] labels = LabelsOf(pool);
        Document[] documents = DocumentsOf(pool, labels);
        Document[] validation = DocumentsOf(Rows("emotions/validation.csv"), labels);
        var watch = Stopwatch.StartNew();
        var teacher = new PrototypeTeacher(labels, Shots(validation, 64, 1), Texts(pool));
        using var folder = new Folder();
        using LabelJournal journal = LabelJournal.Open(folder.File("labels.db"), "emotions", [.. labels.Select(label => label.Name)]);
        LabellingSummary summary = await Labelling.RunAsync(teacher, documents, journal, cancellationToken: TestContext.Current.CancellationToken);
        CollectedLabels collected = Labelling.Collect(journal, teacher.Fingerprint, documents, labels.Length);
        output.WriteLine($"{documents.Length} documents, {summary.Labelled} texts: {watch.Elapsed.TotalSeconds:F1} s, {summary.Seconds:F1} s of them labelling");

        Assert.Empty(collected.Missing);
        Assert.Equal(documents.Select(document => document.Key).Distinct().Count(), summary.Labelled);
        for (int i = 0; i < documents.Length; i++)
            Assert.Equal(teacher.Label(documents[i].Text), collected.Distributions.AsSpan(i * labels.Length, labels.Length));
    }
}
