using Llkd.Selection;

namespace Llkd.Students.Training;

/// <summary>One step: score, select, train on what was selected.</summary>
public sealed partial class Trainer
{
    private void TrainStep(ReadOnlySpan<int> samples, ReadOnlySpan<int> next)
    {
        ReadOnlySpan<int> scored = Screened(samples);
        Span<float> distributions = [];
        if (_method.NeedsStudentScores)
        {
            distributions = _scores.AsSpan(0, scored.Length * _data.Labels.ClassCount);
            if (scored.Length > 0) Score(scored, distributions);
            // Which of the next batch are scored depends on this one, where the method screens.
            if (!_method.ScreensBatches && next.Length > 0) _student.Prepare(_data.Pool, next);
        }
        var batch = new ScoredBatch(scored, _data.Labels, distributions, _state.Epoch, _state.Step);
        _selection.Reset(scored.Length);
        _method.Select(batch, _selection);
        double rate = LearningRate(_state.Step);
        double loss = _settings.Regroup > 0 ? TrainRegrouped(scored, rate) : TrainSelected(scored, rate);
        _state.History.Add(batch, _selection, _method, _data.PoolGold, TotalSteps, samples.Length - scored.Length);
        _state.Step++;
        _state.Seen += _selection.Count;
        _state.Offered += samples.Length;
        _observer?.Step(new StepReport(_state.Step, TotalSteps, samples.Length, _selection.Count, loss, rate));
    }

    /// <summary>The samples that are scored: all, or those the method lets through unseen by the student.</summary>
    private ReadOnlySpan<int> Screened(ReadOnlySpan<int> samples)
    {
        if (!_method.ScreensBatches) return samples;
        _admitted.Clear();
        _method.Screen(new ScoredBatch(samples, _data.Labels, [], _state.Epoch, _state.Step), _admitted);
        int admitted = 0;
        for (int i = 0; i < samples.Length; i++)
        {
            if (admitted < _admitted.Count && _admitted[admitted] == i) _screened[admitted++] = samples[i];
            else _state.History.TurnDown(_data.Labels.Labels[samples[i]], _data.Labels.ClassCount);
        }
        return _screened.AsSpan(0, admitted);
    }

    /// <summary>The paper's step: what this batch gave, at once.</summary>
    private double TrainSelected(ReadOnlySpan<int> scored, double rate)
    {
        if (_selection.Count == 0) return double.NaN;
        for (int j = 0; j < _selection.Count; j++) _chosen[j] = scored[_selection.Positions[j]];
        return TrainOn(_selection, _chosen.AsSpan(0, _selection.Count), rate);
    }

    /// <summary>Lets selected samples wait until they fill a batch, or the first of them has waited long enough.</summary>
    private double TrainRegrouped(ReadOnlySpan<int> scored, double rate)
    {
        RegroupedSamples waiting = _state.Waiting;
        waiting.Add(_selection, scored, _state.Step);
        double loss = double.NaN;
        bool last = _state.Step + 1 == TotalSteps;
        while (waiting.Count >= _settings.BatchSize
            || (waiting.Count > 0 && (last || _state.Step + 1 - waiting.Since >= _settings.Regroup)))
        {
            int count = waiting.Take(_trained, _chosen);
            loss = TrainOn(_trained, _chosen.AsSpan(0, count), rate);
        }
        return loss;
    }

    private double TrainOn(BatchSelection selection, ReadOnlySpan<int> samples, double rate)
    {
        _training = selection;
        double loss = _student.Train(_data.Pool, samples, _loss, rate, _method.LossIsSumOverSamples ? _partLoss : null);
        if (!double.IsFinite(loss)) throw new RunFailedException(FormattableString.Invariant($"The student diverged: the loss is {loss}. Lower training.learningRate."));
        _state.LossSum += loss;
        _state.LossCount++;
        return loss;
    }

    private double PartLoss(ReadOnlySpan<int> rows, ReadOnlySpan<float> logits, Span<float> gradient)
    {
        _part.TakePart(_training, rows);
        return _method.Loss(_part, logits, gradient);
    }
}
