using Llkd.Students.Weights;

namespace Llkd.Students.Training;

/// <summary>What a run keeps in checkpoints, and what it has to say.</summary>
public sealed partial class Trainer
{
    private void Save()
    {
        // Cancelled before another step was taken: what is kept already is all there is.
        if (_checkpoints is null || (_keptStep, _keptEpoch) == (_state.Step, _state.Epoch)) return;
        _checkpoints.Save(_state.Step, folder =>
        {
            KeepNotes();
            _state.Method = new Dictionary<string, double[]>(_method.State);
            _state.Save(Path.Combine(folder, "trainer.json"));
            _student.SaveState(folder);
            if (_best is null) return;
            Safetensors.Save(
                Path.Combine(folder, "best.safetensors"),
                [.. _best.Select((values, i) => new NamedTensor($"weights.{i:D5}", [values.Length], values))]);
        });
        (_keptStep, _keptEpoch) = (_state.Step, _state.Epoch);
    }

    private void Load(string folder)
    {
        _state = TrainerState.Load(Path.Combine(folder, "trainer.json"));
        _method.State = _state.Method;
        _student.LoadState(folder);
        (_keptStep, _keptEpoch) = (_state.Step, _state.Epoch);
        string best = Path.Combine(folder, "best.safetensors");
        if (File.Exists(best))
            _best = [.. Safetensors.Load(best).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value.Data)];
    }

    private RunFailedException Named(RunFailedException failure) =>
        new($"`{_method.Name}`, after {_state.Step} of {TotalSteps} steps: {failure.Message}", failure);

    /// <summary>A class that no sample stands for is never learned, and a report must not keep that to itself.</summary>
    private void NoteMissingClasses()
    {
        int classes = _data.Labels.ClassCount;
        var offered = new bool[classes];
        var kept = new bool[classes];
        foreach (int sample in _data.Samples) offered[_data.Labels.Labels[sample]] = true;
        foreach (int sample in _samples) kept[_data.Labels.Labels[sample]] = true;
        for (int k = 0; k < classes; k++)
        {
            if (!offered[k])
                AddNote($"No text of the pool has the pseudo-label `{_data.LabelNames[k]}`: the student does not learn it, and its thresholds stay where they start.");
            else if (!kept[k])
                AddNote($"`{_method.Name}` keeps no text with the pseudo-label `{_data.LabelNames[k]}`: the student does not learn it.");
        }
    }

    private void AddNote(string note)
    {
        if (!_state.Notes.Contains(note)) _state.Notes.Add(note);
    }

    private void KeepNotes()
    {
        foreach (string note in _method.Notes) AddNote(note);
    }
}
