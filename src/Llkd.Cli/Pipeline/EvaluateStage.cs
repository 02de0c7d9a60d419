using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Llkd.Cli.Terminal;
using Llkd.Documents;
using Llkd.Metrics;
using Llkd.Models;
using Llkd.Reports;
using Llkd.Runs;
using Llkd.Students;
using Llkd.Students.Ngram;
using Llkd.Students.Training;
using Llkd.Tasks;

namespace Llkd.Cli.Pipeline;

/// <summary>Measures trained models and writes run.json, metrics.json and report.html.</summary>
internal static class EvaluateStage
{
    /// <summary>Texts the report lists as those the student is least sure of.</summary>
    private const int LeastSure = 25;

    /// <summary>Longest piece of such a text.</summary>
    private const int Excerpt = 300;

    /// <summary>Texts scored at once.</summary>
    private const int Batch = 1024;

    public static RunRecord Run(DistillationTask task, RunFolder folder, LabelStage labels, LabelledPool pool, Screen screen)
    {
        DataSet data = labels.Data;
        string learned = pool.Hash();
        TrainingRecord training = TrainingRecord.Load(folder.Method.Training);
        if (training.Labels != learned)
            throw new InputException(
                $"{folder.Method.Model} was trained on other labels: the pool or the teacher has changed since. Run `llkd train --restart` or `llkd run --restart` with the same --output.");
        (MethodRecord own, double? truncated) = Measure(task, labels, folder.Method, training);
        var baselines = new List<MethodRecord>();
        foreach (string name in TrainStage.Baselines(task.Training))
        {
            MethodFolder baseline = folder.Baseline(name);
            if (!File.Exists(baseline.Training)) continue;
            TrainingRecord other = TrainingRecord.Load(baseline.Training);
            if (other.Labels == learned && other.Seed == training.Seed) baselines.Add(Measure(task, labels, baseline, other).Method);
            else screen.Warn($"The baseline {name} was trained on other labels or with another seed, and is left out; `llkd run --restart` trains it again.");
        }
        var record = new RunRecord
        {
            ProductVersion = ProductVersion,
            Finished = DateTimeOffset.UtcNow,
            Task = task.Name,
            Labels = [.. task.Labels.Select(label => label.Name)],
            Teacher = labels.TeacherSummary,
            Student = StudentFactory.Summary(task, training.Weights, training.Precision),
            Machine = string.Create(CultureInfo.InvariantCulture,
                $"{Environment.ProcessorCount} processors, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}"),
            Data = data.Counts with { Pool = training.Samples, Unlabelled = data.Pool.Count - pool.Documents.Count, PoolTruncated = training.Truncated, TestTruncated = truncated },
            TeacherTest = labels.Quality(data.Test),
            TeacherPool = labels.PoolQuality(pool),
            Labelling = labels.Record(),
            Method = own,
            Baselines = baselines,
        };
        RunFile.Save(record, folder.RunRecord);
        MetricsJson.Write(record, folder.Metrics);
        foreach (MethodRecord baseline in baselines)
            MetricsJson.Write(record with { Method = baseline, Baselines = [] }, Path.Combine(folder.Baseline(baseline.Name).Root, "metrics.json"));
        HtmlReport.Write(record, folder.Report);
        WriteCards(record, folder);
        return record;
    }

    private static void WriteCards(RunRecord record, RunFolder folder)
    {
        foreach ((MethodRecord method, MethodFolder at) in record.Baselines.Select(method => (method, folder.Baseline(method.Name))).Prepend((record.Method, folder.Method)))
        {
            ModelConfig config = ModelConfig.Load(at.Model);
            // Hugging Face would load a model with mean pooling and leave the mean out.
            bool inTransformers = config.ModelType != NgramStudent.ModelType && config.Text("llkd_pooling") is null;
            ModelCard.Write(record, method, inTransformers, Path.Combine(at.Model, "README.md"));
        }
    }

    /// <summary>Version of the product.</summary>
    public static string ProductVersion =>
        typeof(EvaluateStage).Assembly.GetName().Version?.ToString(3) ?? "unknown";

    private static (MethodRecord Method, double? Truncated) Measure(DistillationTask task, LabelStage labels, MethodFolder folder, TrainingRecord training)
    {
        (IStudent student, IReadOnlyList<string> names) = StudentFactory.Load(folder.Model, StudentFactory.Threads(task));
        using (student)
        {
            if (!names.SequenceEqual(task.Labels.Select(label => label.Name)))
                throw new InputException($"{folder.Model} was trained for other labels ({string.Join(", ", names)}). Run `llkd train` again.");
            var clock = Stopwatch.StartNew();
            DataSet data = labels.Data;
            Scored? test = Score(student, data.Test, names);
            Scored? validation = Score(student, data.Validation, names);
            double seconds = clock.Elapsed.TotalSeconds;
            // Without a test set the report shows pool texts, which the student has partly learned from.
            Scored shown = test ?? validation ?? Score(student, [.. data.Pool.Take(5000)], names)!;
            TrainingResult r = training.Result;
            var method = new MethodRecord
            {
                Name = training.Method,
                Seed = training.Seed,
                Test = test?.Quality,
                Validation = validation?.Quality,
                TrainSeconds = r.Seconds,
                EvaluateSeconds = seconds,
                Epochs = r.Epochs,
                Offered = r.Offered,
                Seen = r.Seen,
                StoppingMeasure = r.StoppingMeasure,
                Curve = r.Curve,
                Steps = r.Steps,
                EpochSelection = r.EpochSelection,
                Map = r.Map,
                LeastSure = Unsure(shown, labels, names),
            };
            return (method, test is null ? null : (double)test.Truncated / test.Documents.Count);
        }
    }

    private static Scored? Score(IStudent student, IReadOnlyList<Document> documents, IReadOnlyList<string> names)
    {
        if (documents.Count == 0) return null;
        int classes = names.Count;
        MemoryCorpus corpus = MemoryCorpus.Encode(student, documents.Select(document => document.Text));
        var probabilities = new float[documents.Count * classes];
        for (int start = 0; start < documents.Count; start += Batch)
        {
            int n = Math.Min(Batch, documents.Count - start);
            student.Score(corpus, [.. Enumerable.Range(start, n)], probabilities.AsSpan(start * classes, n * classes));
        }
        (int[] predicted, float[] confidences) = Predictions.From(probabilities, classes);
        bool gold = documents.All(document => document.HasLabel);
        return new Scored(documents, predicted, confidences, probabilities, corpus.Truncated, gold
            ? Quality.Measure([.. documents.Select(document => document.Label)], predicted, confidences, names) : null);
    }

    private static UnsureText[] Unsure(Scored scored, LabelStage labels, IReadOnlyList<string> names) =>
    [
        .. Enumerable.Range(0, scored.Documents.Count).OrderBy(i => scored.Confidences[i]).ThenBy(i => i).Take(LeastSure).Select(i =>
        {
            ReadOnlySpan<float> p = scored.Probabilities.AsSpan(i * names.Count, names.Count);
            int second = scored.Predicted[i] == 0 ? 1 : 0;
            for (int k = 0; k < p.Length; k++)
                if (k != scored.Predicted[i] && p[k] > p[second]) second = k;
            Document document = scored.Documents[i];
            return new UnsureText(
                Cut(document.Text), names[scored.Predicted[i]], scored.Confidences[i], names[second], p[second],
                document.HasLabel ? names[document.Label] : null, labels.Answer(document) is { } answer ? names[answer] : null);
        }),
    ];

    private static string Cut(string text)
    {
        if (text.Length <= Excerpt) return text;
        // Never between the halves of a surrogate pair.
        int end = char.IsHighSurrogate(text[Excerpt - 1]) ? Excerpt - 1 : Excerpt;
        return text[..end] + "…";
    }

    private sealed record Scored(
        IReadOnlyList<Document> Documents, int[] Predicted, float[] Confidences, float[] Probabilities, int Truncated, QualityRecord? Quality);
}
