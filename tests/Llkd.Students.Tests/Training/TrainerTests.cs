using Llkd.Runs;
using Llkd.Selection;
using Llkd.Students.Checkpoints;
using Llkd.Students.Ngram;
using Llkd.Students.Trainee;
using Llkd.Students.Training;
using Llkd.Tasks;

namespace Llkd.Students.Tests.Training;

public sealed class TrainerTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly NgramStudent _student = ToyTask.Student(seed: 3);
    private readonly TrainingData _data;
    private readonly Recorder _recorder = new();

    public TrainerTests() => _data = ToyTask.Data(_student);

    public void Dispose()
    {
        _student.Dispose();
        _folder.Dispose();
    }

    /// <summary>240 texts in batches of 48, 2 epochs: 10 steps.</summary>
    [Theory]
    [InlineData(0.2, new[] { .5, 1, 1, .875, .75, .625, .5, .375, .25, .125 })]
    [InlineData(0, new[] { 1, .9, .8, .7, .6, .5, .4, .3, .2, .1 })]
    [InlineData(1, new[] { .1, .2, .3, .4, .5, .6, .7, .8, .9, 1 })]
    [InlineData(0.25, new[] { .4, .8, 1, 7 / 7.5, 6 / 7.5, 5 / 7.5, 4 / 7.5, 3 / 7.5, 2 / 7.5, 1 / 7.5 })]
    public void The_learning_rate_rises_over_the_warm_up_and_falls_to_the_end(double warmup, double[] shares)
    {
        Trainer("no-ds", ToyTask.Settings with { BatchSize = 48, Epochs = 2, Warmup = warmup, LearningRate = 0.02 }).Run(TestContext.Current.CancellationToken);
        Assert.Equal(shares.Length, _recorder.Steps.Count);
        for (int step = 0; step < shares.Length; step++) Assert.Equal(0.02 * shares[step], _recorder.Steps[step].LearningRate, 1e-12);
    }

    /// <summary>5 batches an epoch: twice an epoch is after the 3rd (3 · 2/5 is the first to reach 1) and the 5th.</summary>
    [Theory]
    [InlineData(1, new long[] { 5, 10 })]
    [InlineData(2, new long[] { 3, 5, 8, 10 })]
    [InlineData(3, new long[] { 2, 4, 5, 7, 9, 10 })]
    [InlineData(100, new long[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 })]
    public void Evaluations_are_spread_over_the_epoch_and_one_ends_it(int perEpoch, long[] steps)
    {
        TrainingResult result = Trainer("no-ds", ToyTask.Settings with { BatchSize = 48, Epochs = 2, EvaluationsPerEpoch = perEpoch }).Run(TestContext.Current.CancellationToken);
        Assert.Equal(steps, result.Curve.Select(point => point.Step));
        Assert.Equal(steps.Select(step => step / 5.0), result.Curve.Select(point => point.Epoch));
        Assert.Equal(_recorder.Points, result.Curve);
    }

    [Fact]
    public void Training_learns_the_task_better_than_its_teacher_labels_it()
    {
        TrainingResult result = Trainer("llkd", ToyTask.Settings with { Epochs = 10 }).Run(TestContext.Current.CancellationToken);
        int right = Enumerable.Range(0, ToyTask.PoolSize).Count(i => _data.Labels.Labels[i] == _data.PoolGold[i]);
        Assert.InRange(result.Curve.Max(point => point.Accuracy), (double)right / ToyTask.PoolSize + 0.01, 1);
    }

    [Fact]
    public void The_student_ends_with_the_best_weights_and_not_the_last()
    {
        // A learning rate that shakes the student about, so that the last is not the best.
        TrainingResult result = Trainer("no-ds", ToyTask.Settings with { LearningRate = 1, Epochs = 8, Warmup = 0 }).Run(TestContext.Current.CancellationToken);
        EvaluationPoint best = result.Curve.Last(point => point.Best);
        Assert.Equal(result.Curve.Max(point => point.MacroF1), best.MacroF1);
        Assert.NotEqual(best.MacroF1, result.Curve[^1].MacroF1);
        var logits = new float[_data.Stopping.Count * 3];
        _student.Score(_data.Stopping, [.. Enumerable.Range(0, _data.Stopping.Count)], logits);
        int[] predicted = Predictions.From(logits, 3).Labels;
        Assert.Equal(best.Accuracy, predicted.Zip(_data.StoppingLabels).Average(pair => pair.First == pair.Second ? 1.0 : 0), 1e-12);
    }

    [Fact]
    public void Training_stops_when_as_many_evaluations_as_patience_says_bring_nothing()
    {
        // So small a rate that no answer changes: the first evaluation is the best, and two more are waited for.
        TrainingResult result = Trainer("no-ds", ToyTask.Settings with { LearningRate = 1e-12, Epochs = 9, Patience = 2 }).Run(TestContext.Current.CancellationToken);
        Assert.Equal([true, false, false], result.Curve.Select(point => point.Best));
        Assert.Equal(3, result.Epochs);
        Assert.Equal(3 * ToyTask.PoolSize, result.Offered);
        Assert.Equal(3, result.EpochSelection.Count);
    }

    [Fact]
    public void Without_patience_training_goes_on_to_the_end() =>
        Assert.Equal(9, Trainer("no-ds", ToyTask.Settings with { LearningRate = 1e-12, Epochs = 9 }).Run(TestContext.Current.CancellationToken).Epochs);

    [Fact]
    public void Where_labels_are_the_teachers_agreement_decides()
    {
        var trainer = new Trainer(
            _student, _data with { StoppingIsGold = false }, new NoDataSelection(), ToyTask.Settings with { LearningRate = 0.3, Epochs = 8 }, new(3, "filter"));
        Assert.Equal("agreement with the teacher", trainer.StoppingMeasure);
        TrainingResult result = trainer.Run(TestContext.Current.CancellationToken);
        Assert.Equal(result.Curve.Max(point => point.Accuracy), result.Curve.Last(point => point.Best).Accuracy);
    }

    [Fact]
    public void Cancelling_keeps_the_last_finished_step_and_says_that_it_was_cancelled()
    {
        using var cancelled = new CancellationTokenSource();
        _recorder.OnStep = step =>
        {
            if (step.Step == 7) cancelled.Cancel();
        };
        Trainer trainer = Trainer("llkd", ToyTask.Settings, new CheckpointStore(_folder["checkpoints"], "toy: 1"));
        Assert.Throws<OperationCanceledException>(() => trainer.Run(cancelled.Token));
        Assert.Equal(7, trainer.Step);
        Assert.Equal(["step-000000007"], Directory.GetDirectories(_folder["checkpoints"]).Select(path => Path.GetFileName(path)));

        // Cancelled again before it has done anything: what is kept stays as it is.
        using NgramStudent again = ToyTask.Student(seed: 3);
        var resumed = new Trainer(
            again, _data, SelectionMethods.Create("llkd", OptionMap.Empty, 3, 3), ToyTask.Settings, new(3, "filter"),
            new CheckpointStore(_folder["checkpoints"], "toy: 1"));
        DateTime written = Directory.GetLastWriteTimeUtc(_folder["checkpoints"]);
        Assert.Throws<OperationCanceledException>(() => resumed.Run(cancelled.Token));
        Assert.Equal(7, resumed.Step);
        Assert.Equal(written, Directory.GetLastWriteTimeUtc(_folder["checkpoints"]));
    }

    [Fact]
    public void Where_nothing_is_selected_there_is_no_optimiser_step_and_the_schedule_goes_on()
    {
        float[][] before = _student.CopyWeights();
        TrainingResult result = new Trainer(
            _student, _data, new OnEveryNth(0), ToyTask.Settings with { BatchSize = 48, Epochs = 2, Warmup = 0 }, new(3, "filter"), null, _recorder).Run(TestContext.Current.CancellationToken);
        Assert.Equal(before, _student.CopyWeights());
        Assert.Equal(0, result.Seen);
        Assert.Equal(2 * ToyTask.PoolSize, result.Offered);
        Assert.All(_recorder.Steps, step => Assert.True(double.IsNaN(step.Loss) && step.Selected == 0 && step.Offered == 48));
        for (int step = 0; step < 10; step++) Assert.Equal(0.01 * (10 - step) / 10, _recorder.Steps[step].LearningRate, 1e-12);
        Assert.All(result.Curve, point => Assert.Equal(0, point.TrainLoss));
    }

    [Fact]
    public void The_optimiser_counts_only_the_steps_it_takes()
    {
        new Trainer(
            _student, _data, new OnEveryNth(2), ToyTask.Settings with { BatchSize = 48, Epochs = 2 }, new(3, "filter"), null, _recorder).Run(TestContext.Current.CancellationToken);
        Assert.Equal([48, 0, 48, 0, 48, 0, 48, 0, 48, 0], _recorder.Steps.Select(step => step.Selected));
        _student.SaveState(_folder.New("state"));
        Assert.Contains("\"steps\":5,", File.ReadAllText(Path.Combine(_folder["state"], "student.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_epoch_offers_every_sample_once_in_another_order()
    {
        var orders = new OnEveryNth(1);
        new Trainer(_student, _data, orders, ToyTask.Settings with { BatchSize = 50, Epochs = 3 }, new(3, "filter")).Run(TestContext.Current.CancellationToken);
        int[][] epochs = [.. orders.Offered.Chunk(ToyTask.PoolSize)];
        Assert.Equal(3, epochs.Length);
        Assert.All(epochs, order => Assert.Equal(_data.Samples, order.Order()));
        Assert.NotEqual(epochs[0], epochs[1]);
        Assert.NotEqual(epochs[1], epochs[2]);
    }

    [Fact]
    public void Training_leaves_out_what_is_not_among_its_samples()
    {
        var orders = new OnEveryNth(1);
        int[] some = [.. _data.Samples.Where(i => i % 3 != 0)];
        new Trainer(_student, _data with { Samples = some }, orders, ToyTask.Settings with { Epochs = 1 }, new(3, "filter")).Run(TestContext.Current.CancellationToken);
        Assert.Equal(some, orders.Offered.Order());
    }

    [Fact]
    public void A_pool_that_is_filtered_before_training_still_counts_as_offered()
    {
        var method = new OnEveryNth(1) { Keep = i => i % 4 == 0 };
        TrainingResult result = new Trainer(_student, _data, method, ToyTask.Settings with { Epochs = 2 }, new(3, "filter")).Run(TestContext.Current.CancellationToken);
        Assert.All(method.Offered, i => Assert.Equal(0, i % 4));
        Assert.Equal(2 * ToyTask.PoolSize, result.Offered);
        Assert.Equal(2 * ToyTask.PoolSize / 4, result.Seen);
        Assert.All(result.EpochSelection, epoch => Assert.Equal(ToyTask.PoolSize, epoch.Offered.Sum()));
    }

    [Fact]
    public void A_pool_smaller_than_a_batch_or_filtered_to_nothing_is_an_error_that_says_what_to_change()
    {
        Assert.Contains(
            "training.batchSize",
            Assert.Throws<InputException>(() => Trainer("no-ds", ToyTask.Settings with { BatchSize = ToyTask.PoolSize + 1 })).Message,
            StringComparison.Ordinal);
        string message = Assert.Throws<InputException>(() => new Trainer(
            _student, _data, SelectionMethods.Create("teacher-confidence", OptionMap.Of(new Dictionary<string, string> { ["minimum"] = "0.99" }), 3, 3),
            ToyTask.Settings, new(3, "filter"))).Message;
        Assert.Contains("`teacher-confidence` (Share = 0.5, Minimum = 0.99) keeps none of the 240 samples", message, StringComparison.Ordinal);
        Assert.Contains("training.options", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_method_that_reads_texts_says_so_where_the_trainer_has_none()
    {
        string message = Assert.Throws<InputException>(() => Trainer("cut-statistic", ToyTask.Settings)).Message;
        Assert.Contains("reads the texts of the pool", message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_pool_is_scored_before_the_epochs_that_ask_for_it_and_with_the_weights_of_then()
    {
        var method = new OnPoolScores();
        new Trainer(_student, _data, method, ToyTask.Settings with { Epochs = 3 }, new(3, "filter")).Run(TestContext.Current.CancellationToken);
        Assert.Equal([1, 2], method.Epochs);
        Assert.All(method.Distributions, p => Assert.All(p.Chunk(3), row => Assert.Equal(1, row.Sum(), 1e-5)));
        Assert.NotEqual(method.Distributions[0], method.Distributions[1]);
    }

    [Fact]
    public void A_run_that_selects_nothing_and_a_class_without_a_pseudo_label_are_noted()
    {
        // All of class 2's labels become class 0.
        float[] q = _data.Labels.Distributions.ToArray();
        for (int i = 0; i < q.Length; i += 3)
            if (_data.Labels.Labels[i / 3] == 2) (q[i], q[i + 2]) = (q[i + 2], q[i]);
        TrainingResult result = new Trainer(
            _student, _data with { Labels = new Llkd.Labels.PseudoLabels(q, 3) }, new OnEveryNth(0), ToyTask.Settings with { Epochs = 1 }, new(3, "filter"))
            .Run(TestContext.Current.CancellationToken);
        Assert.Equal(2, result.Notes.Count);
        Assert.Contains("`stones`", result.Notes[0], StringComparison.Ordinal);
        Assert.Contains("Nothing was selected", result.Notes[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_student_that_diverges_fails_the_run_and_says_what_to_do()
    {
        var e = Assert.Throws<RunFailedException>(() => Trainer("no-ds", ToyTask.Settings with { LearningRate = 1e38, Warmup = 0 }).Run(TestContext.Current.CancellationToken));
        Assert.Contains("training.learningRate", e.Message, StringComparison.Ordinal);
        Assert.Matches("^`no-ds`, after [0-9]+ of 60 steps: ", e.Message);
    }

    [Fact]
    public void A_checkpoint_that_is_finished_gives_the_result_without_another_step()
    {
        TrainingResult first = Trainer("llkd", ToyTask.Settings, new CheckpointStore(_folder["checkpoints"], "toy: 1")).Run(TestContext.Current.CancellationToken);
        float[][] weights = _student.CopyWeights();
        using NgramStudent again = ToyTask.Student(seed: 9);
        var observer = new Recorder();
        TrainingResult second = new Trainer(
            again, _data, SelectionMethods.Create("llkd", OptionMap.Empty, 3, 3), ToyTask.Settings, new(3, "filter"),
            new CheckpointStore(_folder["checkpoints"], "toy: 1"), observer).Run(TestContext.Current.CancellationToken);
        Assert.Empty(observer.Steps);
        Assert.Equal(weights, again.CopyWeights());
        Assert.Equal(first.Seen, second.Seen);
        Assert.Equal(first.Curve, second.Curve);
    }

    private Trainer Trainer(string method, TrainerSettings settings, CheckpointStore? checkpoints = null) => new(
        _student, _data, SelectionMethods.Create(method, OptionMap.Empty, 3, settings.Seed), settings, new(settings.Seed, "filter"), checkpoints, _recorder);

    private sealed class Recorder : ITrainingObserver
    {
        public List<StepReport> Steps { get; } = [];

        public List<EvaluationPoint> Points { get; } = [];

        public Action<StepReport>? OnStep { get; set; }

        public void Step(in StepReport step)
        {
            Steps.Add(step);
            OnStep?.Invoke(step);
        }

        public void Evaluated(EvaluationPoint point) => Points.Add(point);
    }

    private sealed class OnPoolScores : SelectionMethod
    {
        public List<int> Epochs { get; } = [];

        public List<float[]> Distributions { get; } = [];

        public override bool NeedsStudentScores => false;

        public override bool NeedsPoolScores(int epoch) => epoch > 0;

        public override void BeginEpoch(in EpochContext epoch)
        {
            Epochs.Add(epoch.Epoch);
            Distributions.Add(epoch.StudentDistributions.ToArray());
        }

        public override void Select(in ScoredBatch batch, BatchSelection selection)
        {
            for (int i = 0; i < batch.Count; i++) selection.Add(i, 1, batch.PseudoLabel(i));
        }
    }
}
