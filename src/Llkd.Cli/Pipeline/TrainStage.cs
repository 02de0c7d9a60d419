using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using Llkd.Cli.Terminal;
using Llkd.Documents;
using Llkd.Features;
using Llkd.Numerics;
using Llkd.Runs;
using Llkd.Selection;
using Llkd.Students;
using Llkd.Students.Checkpoints;
using Llkd.Students.Events;
using Llkd.Students.Training;
using Llkd.Students.Transformer;
using Llkd.Tasks;

namespace Llkd.Cli.Pipeline;

/// <summary>Trains one method on labels that are there.</summary>
internal static class TrainStage
{
    /// <summary>Raised whenever the same settings give other weights than before: older checkpoints are then refused.</summary>
    private const int AlgorithmVersion = 4;

    /// <summary>The baselines to train: each once, and not what is trained anyway.</summary>
    public static IEnumerable<string> Baselines(TrainingOptions training) => training.Baselines.Distinct().Where(name =>
        name != training.Method
        || SelectionMethods.Find(name).Describe(training.Options) != SelectionMethods.Find(name).Describe(OptionMap.Empty));

    /// <summary>Sees to it, before a teacher is asked and paid, that the pool fills a batch; the trainer checks again with the labels there are.</summary>
    /// <exception cref="InputException">The pool is too small.</exception>
    public static void RequireBatch(DistillationTask task, DataSet data)
    {
        int held = data.Validation.Count > 0 ? 0 : HeldOut(task, data.Pool.Count);
        if (data.Pool.Count - held < task.Training.BatchSize)
            throw new InputException(
                $"{task.PathOf(task.Data.Pool)}: the pool has {data.Pool.Count - held} texts to train on, fewer than one batch of {task.Training.BatchSize}. "
                + "Give more texts or lower training.batchSize.");
    }

    public static async Task<TrainingRecord> RunAsync(
        DistillationTask task, DataSet data, LabelledPool pool, MethodFolder folder, string scratch, bool restart,
        Screen screen, CancellationToken cancellationToken)
    {
        string fingerprint = Fingerprint(task, data, pool);
        var checkpoints = new CheckpointStore(folder.Checkpoints, fingerprint);
        if (restart)
        {
            checkpoints.Clear();
            File.Delete(folder.Training);
            if (Directory.Exists(folder.Events)) Directory.Delete(folder.Events, recursive: true);
        }
        Directory.CreateDirectory(folder.Root);
        return await screen.ProgressAsync(
            $"training {task.Training.Method}", "steps",
            line => Task.Run(() => Train(task, data, pool, folder, scratch, checkpoints, line, screen, cancellationToken), CancellationToken.None))
            .ConfigureAwait(false);
    }

    private static TrainingRecord Train(
        DistillationTask task, DataSet data, LabelledPool pool, MethodFolder folder, string scratch, CheckpointStore checkpoints,
        IProgressLine line, Screen screen, CancellationToken cancellationToken)
    {
        int seed = task.Training.Seed;
        SelectionMethod method = SelectionMethods.Create(task.Training.Method, task.Training.Options, task.Labels.Count, seed);
        using IStudent student = StudentFactory.Create(task, pool.Documents.Select(document => document.Text), seed);
        Directory.CreateDirectory(scratch);
        using MappedCorpus corpus = MappedCorpus.Encode(
            Path.Combine(scratch, "pool.tokens"), student, pool.Documents.Select(document => document.Text));
        WarnOfCut(corpus, task, screen);
        TrainingData training = Split(task, data, pool, student, corpus);
        using var events = new EventObserver(folder.Events, training.StoppingIsGold, line);
        var trainer = new Trainer(student, training, method, Settings(task), new RandomStream(seed, "filter"), checkpoints, events);
        TrainingResult result = trainer.Run(cancellationToken);
        foreach (string warning in checkpoints.Warnings) screen.Warn(warning);
        foreach (string note in result.Notes) screen.Warn(note);
        WarnOfFew(result, method, screen);
        SaveModel(student, folder, [.. task.Labels.Select(label => label.Name)]);
        var record = new TrainingRecord(task.Training.Method, seed, student.WeightCount, training.Samples.Length, pool.Hash(), result, corpus.Count > 0 ? (double)corpus.Truncated / corpus.Count : 0, StudentFactory.PrecisionOf(student));
        record.Save(folder.Training);
        return record;
    }

    /// <summary>
    /// A student whose uncertainty falls at every step stays below the threshold that follows it; nearly nothing is selected
    /// then, at least for a long while.
    /// </summary>
    private static void WarnOfFew(TrainingResult result, SelectionMethod method, Screen screen)
    {
        const double Few = 0.02;
        if (method.StudentThresholds.Length == 0) return;
        int idle = result.Steps.Count(point => point.Share == 0);
        if (result.Seen >= Few * result.Offered && idle <= result.Steps.Count / 2) return;
        screen.Warn(FormattableString.Invariant(
            $"only {result.Seen:N0} of {result.Offered:N0} samples were selected, and none at all for {100.0 * idle / result.Steps.Count:0} % of the time: ")
            + "the threshold on the student's uncertainty follows too slowly. Lower training.options.momentum (0.5, say), or raise training.epochs.");
    }

    private static void WarnOfCut(MappedCorpus corpus, DistillationTask task, Screen screen)
    {
        if (corpus.Truncated == 0) return;
        screen.Warn(string.Create(CultureInfo.InvariantCulture,
            $"{corpus.Truncated:N0} of {corpus.Count:N0} texts of the pool are longer than the student reads ({task.Student.MaxLength} tokens by student.maxLength, or less by the model), and were cut."));
    }

    /// <summary>The numbers of a run.</summary>
    public static TrainerSettings Settings(DistillationTask task) => new()
    {
        Epochs = task.Training.Epochs,
        BatchSize = task.Training.BatchSize,
        Seed = task.Training.Seed,
        LearningRate = StudentFactory.LearningRate(task),
        Warmup = task.Training.Warmup,
        Patience = task.Training.Patience,
        EvaluationsPerEpoch = task.Training.EvaluationsPerEpoch,
        CheckpointEvery = task.Training.CheckpointEvery,
        Regroup = task.Training.Regroup,
    };

    /// <summary>Stops on the validation set where there is one, else on a held-out share of the pool.</summary>
    public static TrainingData Split(
        DistillationTask task, DataSet data, LabelledPool pool, IStudent student, ITokenCorpus corpus, PoolFeatures? features = null)
    {
        int[] gold = pool.Gold();
        if (!gold.AsSpan().ContainsAnyExcept(-1)) gold = [];
        features ??= new PoolFeatures(pool.Documents.Texts());
        string[] names = [.. task.Labels.Select(label => label.Name)];
        int[] all = [.. Enumerable.Range(0, corpus.Count)];
        if (data.Validation.Count > 0)
        {
            return new TrainingData
            {
                Pool = corpus,
                Labels = pool.Labels,
                Features = features,
                Samples = all,
                PoolGold = gold,
                Stopping = MemoryCorpus.Encode(student, data.Validation.Select(document => document.Text)),
                StoppingLabels = [.. data.Validation.Select(document => document.Label)],
                StoppingIsGold = true,
                LabelNames = names,
            };
        }
        int held = HeldOut(task, all.Length);
        int[] shuffled = (int[])all.Clone();
        new RandomStream(task.Training.Seed, "holdout").Shuffle(shuffled.AsSpan());
        int[] stopping = [.. shuffled.Take(held).Order()];
        return new TrainingData
        {
            Pool = corpus,
            Labels = pool.Labels,
            Features = features,
            Samples = [.. shuffled.Skip(held).Order()],
            PoolGold = gold,
            Stopping = new SubsetCorpus(corpus, stopping),
            StoppingLabels = [.. stopping.Select(i => pool.Labels.Labels[i])],
            StoppingIsGold = false,
            LabelNames = names,
        };
    }

    private static int HeldOut(DistillationTask task, int count) =>
        task.Training.Holdout == 0 ? 0 : Math.Max(1, (int)Math.Round(task.Training.Holdout * count));

    private static void SaveModel(IStudent student, MethodFolder folder, IReadOnlyList<string> labels)
    {
        string writing = folder.Model + ".writing";
        if (Directory.Exists(writing)) Directory.Delete(writing, recursive: true);
        Directory.CreateDirectory(writing);
        student.SaveModel(writing, labels);
        if (Directory.Exists(folder.Model)) Directory.Delete(folder.Model, recursive: true);
        Directory.Move(writing, folder.Model);
    }

    /// <summary>Everything that shapes the weights, a line each.</summary>
    public static string Fingerprint(DistillationTask task, DataSet data, LabelledPool pool)
    {
        var texts = new XxHash128();
        for (int i = 0; i < pool.Documents.Count; i++) texts.Append(pool.Documents.KeyAt(i).ToBytes());
        var stopping = new XxHash128();
        foreach (Document document in data.Validation)
        {
            stopping.Append(document.Key.ToBytes());
            stopping.Append(BitConverter.GetBytes(document.Label));
        }
        TrainingOptions t = task.Training;
        StudentOptions s = task.Student;
        string?[] lines =
        [
            Line("algorithm", AlgorithmVersion),
            Line("labels", string.Join(" | ", task.Labels.Select(label => label.Name))),
            Line("pool texts", CheckpointStore.Hashed(texts.GetCurrentHash())),
            Line("pool labels", CheckpointStore.Hashed(XxHash128.Hash(MemoryMarshal.AsBytes(pool.Labels.Distributions)))),
            Line("validation set", CheckpointStore.Hashed(stopping.GetCurrentHash())),
            Line("student.kind", s.Kind),
            .. StudentLines(task),
            Line("training.method", t.Method),
            Line("training.options", SelectionMethods.Find(t.Method).Describe(t.Options)),
            Line("training.epochs", t.Epochs),
            Line("training.batchSize", t.BatchSize),
            Line("training.seed", t.Seed),
            Line("training.regroup", t.Regroup),
            Line("training.learningRate", StudentFactory.LearningRate(task)),
            Line("training.warmup", t.Warmup),
            Line("training.weightDecay", t.WeightDecay),
            Line("training.clip", t.Clip),
            Line("training.patience", t.Patience),
            Line("training.evaluationsPerEpoch", t.EvaluationsPerEpoch),
            data.Validation.Count > 0 ? null : Line("training.holdout", t.Holdout),
        ];
        return string.Join('\n', lines.OfType<string>());
    }

    /// <summary>What shapes the weights of the kind of student there is.</summary>
    private static IEnumerable<string> StudentLines(DistillationTask task)
    {
        StudentOptions s = task.Student;
        IEnumerable<string> lines = s.Kind switch
        {
            StudentKind.Ngram =>
            [
                Line("student.hidden", s.Hidden),
                Line("student.dropout", s.Dropout),
                Line("student.ngrams", s.Ngrams),
                Line("student.buckets", s.Buckets),
                Line("student.minCount", s.MinCount),
            ],
            StudentKind.Transformer =>
            [
                Line("student.hidden", s.Hidden),
                Line("student.dropout", s.Dropout),
                Line("student.layers", s.Layers),
                Line("student.heads", s.Heads),
                Line("student.maxLength", s.MaxLength),
                Line("student.vocabulary", s.Vocabulary),
            ],
            _ =>
            [
                Line("student.path", CheckpointStore.Hashed(PretrainedFolder.Hash(task.PathOf(s.Path!)))),
                Line("student.dropout", s.Dropout),
                Line("student.maxLength", s.MaxLength),
                Line("student.freezeLayers", s.FreezeLayers),
                Line("student.layerDecay", s.LayerDecay),
                Line("student.pooling", s.Pooling),
            ],
        };
        return s.Kind == StudentKind.Ngram ? lines :
        [
            .. lines,
            Line("training.threads", StudentFactory.Threads(task)),
            Line("training.precision", task.Training.Precision),
            Line("training.microBatch", task.Training.MicroBatch),
            Line("training.device", task.Training.Device),
        ];
    }

    private static string Line(string key, object? value) => string.Create(CultureInfo.InvariantCulture, $"{key}: {value ?? "default"}");
}
