using System.Globalization;
using Llkd.Cli.Terminal;
using Llkd.Runs;
using Llkd.Students.Events;
using Llkd.Students.Training;

namespace Llkd.Cli.Pipeline;

/// <summary>Passes a training run's progress on to the terminal and to TensorBoard's event files.</summary>
internal sealed class EventObserver(string folder, bool stoppingIsGold, IProgressLine line) : ITrainingObserver, IDisposable
{
    /// <summary>Steps between two events: curves need no more, and a fast student makes thousands of steps a second.</summary>
    private const int Interval = 10;

    private readonly EventWriter _events = new(folder);
    private string _score = "";
    private long _offered, _selected;

    public void Step(in StepReport step)
    {
        _offered += step.Offered;
        _selected += step.Selected;
        if (step.Step % Interval == 0 || step.Step == step.TotalSteps)
        {
            _events.Scalar("train/share_selected", step.Step, (float)step.Selected / step.Offered);
            _events.Scalar("train/learning_rate", step.Step, (float)step.LearningRate);
            if (step.Selected > 0) _events.Scalar("train/loss", step.Step, (float)step.Loss);
        }
        line.Report(step.Step, step.TotalSteps, string.Create(CultureInfo.InvariantCulture, $"{100.0 * _selected / _offered:0} % used{_score}"));
    }

    public void Evaluated(EvaluationPoint point)
    {
        _events.Scalar("stopping/accuracy", point.Step, (float)point.Accuracy);
        _events.Scalar("stopping/macro_f1", point.Step, (float)point.MacroF1);
        _events.Flush();
        if (point.Best)
            _score = string.Create(CultureInfo.InvariantCulture, $", best {(stoppingIsGold ? $"F1 {point.MacroF1:0.000}" : $"agreement {point.Accuracy:0.000}")}");
    }

    public void Dispose() => _events.Dispose();
}
