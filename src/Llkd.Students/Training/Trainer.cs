using System.Diagnostics;
using Llkd.Metrics;
using Llkd.Numerics;
using Llkd.Runs;
using Llkd.Selection;
using Llkd.Students.Checkpoints;

namespace Llkd.Students.Training;

/// <summary>
/// The training loop. A step is two passes: the batch is scored without gradient, the method selects, and the student
/// takes an optimiser step on the selected samples only. A run that is stopped at any moment and started again gives
/// the same weights, bit for bit, as one that was not.
/// </summary>
public sealed partial class Trainer
{
    private readonly IStudent _student;
    private readonly TrainingData _data;
    private readonly SelectionMethod _method;
    private readonly TrainerSettings _settings;
    private readonly CheckpointStore? _checkpoints;
    private readonly ITrainingObserver? _observer;
    private readonly RandomStream _order;
    private readonly int[] _samples;
    private readonly int _batches;
    private readonly BatchSelection _selection;
    private readonly int[] _stoppingDocuments;
    private readonly int[] _filtered;
    private readonly int[] _chosen;
    private readonly BatchSelection _trained;
    private readonly BatchSelection _part;
    private readonly List<int> _admitted = [];
    private readonly int[] _screened;
    private readonly LogitLoss _loss;
    private readonly PartialLogitLoss _partLoss;
    private BatchSelection _training = null!;
    private readonly float[] _scores;
    private readonly float[] _stoppingScores;
    private float[] _poolScores = [];
    private TrainerState _state = new();
    private float[][]? _best;
    private long _keptStep = -1;
    private int _keptEpoch = -1;

    /// <summary>Prepares a run; <see cref="Run"/> trains.</summary>
    /// <param name="student">An untrained student.</param>
    /// <param name="data">What to train and stop on.</param>
    /// <param name="method">A method in its start state.</param>
    /// <param name="settings">Numbers of the run.</param>
    /// <param name="random">Random numbers for the method's choice before training.</param>
    /// <param name="checkpoints">Where progress is kept; null keeps none.</param>
    /// <param name="observer">Who hears of the progress.</param>
    /// <exception cref="InputException">The pool is smaller than a batch, or the method filters everything out.</exception>
    public Trainer(
        IStudent student, TrainingData data, SelectionMethod method, TrainerSettings settings, RandomStream random,
        CheckpointStore? checkpoints = null, ITrainingObserver? observer = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(settings);
        (_student, _data, _method, _settings, _checkpoints, _observer) = (student, data, method, settings, checkpoints, observer);
        if (data.Samples.Length < settings.BatchSize)
            throw new InputException(
                $"The pool has {data.Samples.Length} labelled texts to train on, fewer than one batch of {settings.BatchSize}. "
                + "Give more texts or lower training.batchSize.");
        int[]? kept = method.FilterPool(new PoolContext(data.Labels, random, data.Samples, data.Features));
        _samples = kept is null ? data.Samples : [.. kept.Intersect(data.Samples).Order()];
        if (_samples.Length == 0)
            throw new InputException(
                $"training.method: `{method.Name}`{(method.OptionValues.Length > 0 ? $" ({method.OptionValues})" : "")} keeps none of the "
                + $"{data.Samples.Length} samples of the pool. Loosen training.options.");
        NoteMissingClasses();
        _order = new RandomStream(settings.Seed, "order");
        _batches = (_samples.Length + settings.BatchSize - 1) / settings.BatchSize;
        _filtered = kept is null ? [] : [.. data.Samples.Except(_samples)];
        _selection = new BatchSelection(data.Labels.ClassCount);
        _chosen = new int[settings.BatchSize];
        _trained = new BatchSelection(data.Labels.ClassCount);
        _part = new BatchSelection(data.Labels.ClassCount);
        _screened = new int[settings.BatchSize];
        _loss = (logits, gradient) => _method.Loss(_training, logits, gradient);
        _partLoss = PartLoss;
        if (settings.Regroup > 0 && !method.LossReadsSelectionAlone)
            throw new InputException($"training.regroup: the loss of `{method.Name}` belongs to the batch it was selected from, so samples of several batches cannot be put together. Leave training.regroup away.");
        _scores = new float[settings.BatchSize * data.Labels.ClassCount];
        _stoppingScores = new float[data.Stopping.Count * data.Labels.ClassCount];
        _stoppingDocuments = [.. Enumerable.Range(0, data.Stopping.Count)];
    }

    /// <summary>Steps of a whole run.</summary>
    public long TotalSteps => (long)_batches * _settings.Epochs;

    /// <summary>Steps done; more than 0 before <see cref="Run"/> returns where a checkpoint was continued.</summary>
    public long Step => _state.Step;

    /// <summary>What the best weights are chosen by.</summary>
    public string StoppingMeasure => _stoppingDocuments.Length == 0 ? "nothing: the last weights are kept"
        : _data.StoppingIsGold ? "validation macro F1" : "agreement with the teacher";

    /// <summary>
    /// Trains to the end, from the newest checkpoint where there is one, and leaves the student with the best weights.
    /// </summary>
    /// <returns>The history; test figures are left to the caller.</returns>
    /// <exception cref="OperationCanceledException">Cancelled; a checkpoint of the last finished step is kept.</exception>
    /// <exception cref="RunFailedException">The student diverged, or a checkpoint could not be written.</exception>
    public TrainingResult Run(CancellationToken cancellationToken = default)
    {
        _state.OrderAtEpochStart = _order.State;
        if (_checkpoints?.Latest() is { } folder) Load(folder);
        var clock = Stopwatch.StartNew();
        double before = _state.Seconds;
        var sinceCheckpoint = Stopwatch.StartNew();
        while (!_state.Finished)
        {
            _order.State = _state.OrderAtEpochStart;
            int[] order = (int[])_samples.Clone();
            _order.Shuffle(order.AsSpan());
            if (_state.Batch == 0 && _method.NeedsPoolScores(_state.Epoch)) ScorePool(StopIfAsked);
            while (_state.Batch < _batches && !_state.Finished)
            {
                StopIfAsked();
                int start = _state.Batch * _settings.BatchSize;
                try
                {
                    int next = start + _settings.BatchSize;
                    TrainStep(
                        order.AsSpan(start, Math.Min(_settings.BatchSize, order.Length - start)),
                        next < order.Length ? order.AsSpan(next, Math.Min(_settings.BatchSize, order.Length - next)) : []);
                    _state.Batch++;
                    if (_stoppingDocuments.Length > 0 && IsEvaluationDue()) Evaluate();
                }
                catch (RunFailedException e)
                {
                    throw Named(e);
                }
                _state.Seconds = before + clock.Elapsed.TotalSeconds;
                bool due = _settings.CheckpointEvery > 0 && _state.Step % _settings.CheckpointEvery == 0;
                if (_state.Batch < _batches && !_state.Finished && (due || sinceCheckpoint.Elapsed > _settings.CheckpointInterval))
                {
                    Save();
                    sinceCheckpoint.Restart();
                }
            }
            // What the method took out before training was offered too, and turned down: shares are shares of the pool.
            foreach (int sample in _filtered) _state.History.TurnDown(_data.Labels.Labels[sample], _data.Labels.ClassCount);
            _state.Offered += _filtered.Length;
            _state.History.EndEpoch(_state.Epoch + 1);
            _state.Epoch++;
            _state.Batch = 0;
            _state.OrderAtEpochStart = _order.State;
            if (_state.Epoch == _settings.Epochs) _state.Finished = true;
            Save();
            sinceCheckpoint.Restart();
        }
        if (_best is not null) _student.RestoreWeights(_best);
        if (_state.Seen == 0) AddNote("Nothing was selected in the whole run: the student has learned nothing.");
        KeepNotes();
        return new TrainingResult(
            _state.Seconds, _state.Epoch, _state.Offered, _state.Seen, StoppingMeasure, _state.Curve,
            _state.History.Steps, _state.History.Epochs, _state.History.Map(_data.Labels.ClassCount))
        { Notes = [.. _state.Notes] };

        void StopIfAsked()
        {
            if (!cancellationToken.IsCancellationRequested) return;
            _state.Seconds = before + clock.Elapsed.TotalSeconds;
            Save();
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Hands the method the student's distributions over all samples, scored in pieces of a batch's size.</summary>
    private void ScorePool(Action stopIfAsked)
    {
        int classes = _data.Labels.ClassCount;
        if (_poolScores.Length == 0) _poolScores = new float[_samples.Length * classes];
        for (int start = 0; start < _samples.Length; start += _settings.BatchSize)
        {
            stopIfAsked();
            int count = Math.Min(_settings.BatchSize, _samples.Length - start);
            try
            {
                Score(_samples.AsSpan(start, count), _poolScores.AsSpan(start * classes, count * classes));
            }
            catch (RunFailedException e)
            {
                throw Named(e);
            }
        }
        _method.BeginEpoch(new EpochContext(_state.Epoch, _samples, _data.Labels, _poolScores));
    }

    /// <summary>p of samples, [samples, classes].</summary>
    private void Score(ReadOnlySpan<int> samples, Span<float> distributions)
    {
        _student.Score(_data.Pool, samples, distributions);
        Softmax.Rows(distributions, distributions, _data.Labels.ClassCount);
    }

    /// <summary>Linear rise over the warm-up share of all steps, then linear fall to 0.</summary>
    private double LearningRate(long step)
    {
        double warm = _settings.Warmup * TotalSteps;
        double share = step + 1 <= warm ? (step + 1) / warm : (TotalSteps - step) / Math.Max(1, TotalSteps - warm);
        return _settings.LearningRate * Math.Min(1, share);
    }

    private bool IsEvaluationDue()
    {
        long perEpoch = Math.Min(_settings.EvaluationsPerEpoch, _batches);
        return _state.Batch * perEpoch / _batches > (_state.Batch - 1) * perEpoch / _batches;
    }

    private void Evaluate()
    {
        _student.Score(_data.Stopping, _stoppingDocuments, _stoppingScores);
        (int[] predicted, float[] confidences) = Predictions.From(_stoppingScores, _data.Labels.ClassCount);
        QualityRecord quality = Quality.Measure(_data.StoppingLabels, predicted, confidences, _data.LabelNames);
        double score = _data.StoppingIsGold ? quality.MacroF1 : quality.Accuracy;
        bool best = score > _state.Best;
        if (best)
        {
            _state.Best = score;
            _best = _student.CopyWeights();
        }
        _state.EvaluationsSinceBest = best ? 0 : _state.EvaluationsSinceBest + 1;
        var point = new EvaluationPoint(
            _state.Step, _state.Epoch + (double)_state.Batch / _batches, _state.Seen, quality.Accuracy, quality.MacroF1,
            _state.LossCount == 0 ? 0 : _state.LossSum / _state.LossCount, best);
        _state.Curve.Add(point);
        (_state.LossSum, _state.LossCount) = (0, 0);
        if (_settings.Patience > 0 && _state.EvaluationsSinceBest >= _settings.Patience) _state.Finished = true;
        _observer?.Evaluated(point);
    }
}

/// <summary>What a training run did.</summary>
/// <param name="Seconds">Seconds of training, over all sessions.</param>
/// <param name="Epochs">Epochs done.</param>
/// <param name="Offered">Samples offered to the selection.</param>
/// <param name="Seen">Samples the optimiser saw.</param>
/// <param name="StoppingMeasure">What the best weights were chosen by.</param>
/// <param name="Curve">Evaluations.</param>
/// <param name="Steps">Thresholds over time.</param>
/// <param name="EpochSelection">Selection per epoch.</param>
/// <param name="Map">Teacher confidence by student uncertainty; null where the method does not score.</param>
public sealed record TrainingResult(
    double Seconds, int Epochs, long Offered, long Seen, string StoppingMeasure, IReadOnlyList<EvaluationPoint> Curve,
    IReadOnlyList<StepPoint> Steps, IReadOnlyList<EpochPoint> EpochSelection, SelectionMap? Map)
{
    /// <summary>What a reader of the figures must know: fallbacks the method took, classes without a sample.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
