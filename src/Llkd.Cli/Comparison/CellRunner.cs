using System.Diagnostics;
using System.Globalization;
using Llkd.Cli.Pipeline;
using Llkd.Labels;
using Llkd.Metrics;
using Llkd.Numerics;
using Llkd.References;
using Llkd.Runs;
using Llkd.Selection;
using Llkd.Students;
using Llkd.Students.Training;
using Llkd.Students.Transformer;
using Llkd.Tasks;

namespace Llkd.Cli.Comparison;

/// <summary>Makes the figures of one cell, in memory. Any number of them run side by side on one prepared task.</summary>
internal static class CellRunner
{
    /// <summary>Raised whenever the same settings give other figures than before, so that cells of an older version are made again.</summary>
    public const int AlgorithmVersion = 3;

    /// <summary>Most epochs over a few gold labels.</summary>
    private const int GoldEpochs = 100;

    /// <summary>Texts scored at once.</summary>
    private const int Batch = 1024;

    /// <summary>Trains and measures.</summary>
    /// <param name="task">The task with the row's own settings.</param>
    /// <param name="prepared">Data, labels and tokens.</param>
    /// <param name="spec">The row.</param>
    /// <param name="cancellationToken">Ends it; nothing of the cell is kept then.</param>
    /// <exception cref="InputException">The method cannot be used on this data.</exception>
    /// <exception cref="RunFailedException">The student diverged.</exception>
    public static ComparisonCell Run(DistillationTask task, PreparedTask prepared, MethodSpec spec, CancellationToken cancellationToken)
    {
        var cell = new ComparisonCell { DataSet = task.Name, Method = spec.Key, Seed = task.Training.Seed };
        return spec.Name switch
        {
            Contestant.Teacher => Answered(cell, prepared.Teacher),
            Contestant.TeacherZeroShot => Answered(cell, prepared.TeacherZeroShot
                ?? throw new InputException("A recorded teacher cannot be asked without examples.")),
            Contestant.TfidfLogistic => Classified(cell, prepared, () => TfidfLogistic.Train(prepared.Features, prepared.Pool.Labels)),
            Contestant.Lbl2TransformerVec => LabelVectors(cell, task, prepared, spec),
            Contestant.Gold => OnGold(cell, task, prepared, spec, cancellationToken),
            _ => Distilled(cell, task, prepared, cancellationToken),
        };
    }

    private static ComparisonCell Answered(ComparisonCell cell, TeacherAnswers answers) => answers.Quality is null
        ? throw new InputException("The teacher answered none of the test texts (teacher.labelTest may be off).")
        : With(cell, answers.Quality, answers.Predicted);

    private static ComparisonCell Distilled(
        ComparisonCell cell, DistillationTask task, PreparedTask prepared, CancellationToken cancellationToken)
    {
        using IStudent student = prepared.Template.Fresh(task.Training.Seed);
        TrainingData data = TrainStage.Split(task, prepared.Data, prepared.Pool, student, prepared.Corpus, prepared.Features);
        SelectionMethod method = SelectionMethods.Create(task.Training.Method, task.Training.Options, task.Labels.Count, task.Training.Seed);
        return Trained(cell, task, prepared, student, data, method, TrainStage.Settings(task), cancellationToken);
    }

    private static ComparisonCell Trained(
        ComparisonCell cell, DistillationTask task, PreparedTask prepared, IStudent student, TrainingData data,
        SelectionMethod method, TrainerSettings settings, CancellationToken cancellationToken)
    {
        var trainer = new Trainer(student, data, method, settings, new RandomStream(task.Training.Seed, "filter"));
        TrainingResult result = trainer.Run(cancellationToken);
        var logits = new float[prepared.Gold.Length * task.Labels.Count];
        for (int start = 0; start < prepared.Gold.Length; start += Batch)
        {
            int n = Math.Min(Batch, prepared.Gold.Length - start);
            student.Score(prepared.Test, [.. Enumerable.Range(start, n)], logits.AsSpan(start * task.Labels.Count, n * task.Labels.Count));
        }
        (int[] predicted, float[] confidences) = Predictions.From(logits, task.Labels.Count);
        return Measured(cell, prepared, predicted, confidences) with
        {
            Seen = result.Seen,
            Offered = result.Offered,
            Seconds = result.Seconds,
            Curve = result.Curve,
            Notes = result.Notes,
        };
    }

    /// <summary>The student on a few gold labels of the pool (of the validation set where the pool has none), as many steps as on the whole pool.</summary>
    private static ComparisonCell OnGold(
        ComparisonCell cell, DistillationTask task, PreparedTask prepared, MethodSpec spec, CancellationToken cancellationToken)
    {
        int count = int.Parse(spec.Options.Single(option => option.Key == Contestant.GoldLabels).Value, CultureInfo.InvariantCulture);
        if (prepared.Data.Validation.Count == 0) throw new InputException("The student on gold labels stops on a validation set, and the task has none.");
        int[] labelled = [.. Enumerable.Range(0, prepared.Pool.Documents.Count).Where(i => prepared.Pool.Documents[i].HasLabel)];
        if (labelled.Length < count)
            throw new InputException($"{count} gold labels are asked for, and the pool has {labelled.Length}.");
        new RandomStream(task.Training.Seed, "gold").Shuffle(labelled.AsSpan());
        int[] drawn = [.. labelled.Take(count).Order()];
        var distributions = new float[prepared.Pool.Documents.Count * task.Labels.Count];
        for (int i = 0; i < prepared.Pool.Documents.Count; i++)
            distributions[i * task.Labels.Count + Math.Max(0, prepared.Pool.Documents[i].Label)] = 1;
        using IStudent student = prepared.Template.Fresh(task.Training.Seed);
        TrainingData data = TrainStage.Split(task, prepared.Data, prepared.Pool, student, prepared.Corpus) with
        {
            Labels = new PseudoLabels(distributions, task.Labels.Count),
            Samples = drawn,
        };
        TrainerSettings settings = TrainStage.Settings(task);
        int steps = settings.Epochs * Batches(prepared.Pool.Documents.Count, settings.BatchSize);
        int batch = Math.Min(settings.BatchSize, count);
        int epochs = Math.Clamp((steps + Batches(count, batch) - 1) / Batches(count, batch), settings.Epochs, Math.Max(settings.Epochs, GoldEpochs));
        int missing = task.Labels.Count - drawn.Select(i => prepared.Pool.Documents[i].Label).Distinct().Count();
        return Trained(
            cell, task, prepared, student, data, new NoDataSelection(), settings with { BatchSize = batch, Epochs = epochs }, cancellationToken) with
        {
            // The trainer's own notes speak of pseudo-labels.
            Notes = missing == 0 ? [] : [string.Create(CultureInfo.InvariantCulture, $"{missing} of {task.Labels.Count} classes have no gold label among these")],
        };
    }

    private static int Batches(int count, int size) => (count + size - 1) / size;

    /// <summary>A classifier that needs no student.</summary>
    private static ComparisonCell Classified(ComparisonCell cell, PreparedTask prepared, Func<ITextClassifier> train)
    {
        var clock = Stopwatch.StartNew();
        ITextClassifier classifier = train();
        double seconds = clock.Elapsed.TotalSeconds;
        PseudoLabels answers = classifier.Predict([.. prepared.Data.Test.Select(document => document.Text)]);
        return Measured(cell, prepared, answers.Labels.ToArray(), answers.Confidences) with
        {
            Seconds = seconds,
            Notes = [classifier.Description, .. classifier.Notes],
        };
    }

    /// <summary>Lbl2TransformerVec over a Hugging Face folder, or over the pool's own latent semantic space; the notes say which.</summary>
    private static ComparisonCell LabelVectors(ComparisonCell cell, DistillationTask task, PreparedTask prepared, MethodSpec spec)
    {
        string? folder = spec.Options.FirstOrDefault(option => option.Key == Contestant.Encoder).Value;
        using PretrainedSentenceEncoder? pretrained = folder is null ? null : PretrainedSentenceEncoder.Load(folder, task.Student.MaxLength, task.Training.Threads);
        return Classified(cell, prepared, () => Lbl2TransformerVec.Make(
            pretrained ?? (ISentenceEncoder)LatentSemanticEncoder.Train(prepared.Features), task.Labels, prepared.Features.Texts));
    }

    private static ComparisonCell Measured(ComparisonCell cell, PreparedTask prepared, int[] predicted, ReadOnlySpan<float> confidences) =>
        With(cell, Quality.Measure(prepared.Gold, predicted, confidences, prepared.Description.Labels), predicted);

    private static ComparisonCell With(ComparisonCell cell, QualityRecord quality, int[] predicted) =>
        cell with { Accuracy = quality.Accuracy, MacroF1 = quality.MacroF1, Ece = quality.Ece, Predicted = predicted };
}
