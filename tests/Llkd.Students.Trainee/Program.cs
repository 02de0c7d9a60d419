// Trains the made-up task in a process of its own; the trainer's tests start it, and kill it.
//   Llkd.Students.Trainee METHOD[+regroup|+teacher-first] CHECKPOINTS OUTPUT through|cancel:STEP|kill:STEP
// At the end it writes the student, its state and the history into OUTPUT. `cancel` asks it to stop after that step, and
// it ends with exit status 130; `kill` ends it there with SIGKILL.
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Llkd.Selection;
using Llkd.Students.Checkpoints;
using Llkd.Students.Ngram;
using Llkd.Students.Trainee;
using Llkd.Students.Training;
using Llkd.Tasks;

string[] mode = args[3].Split(':');
using var cancelled = new CancellationTokenSource();
var stop = new StopAt(mode.Length > 1 ? long.Parse(mode[1], CultureInfo.InvariantCulture) : -1, () =>
{
    if (mode[0] == "kill") Process.GetCurrentProcess().Kill();
    else cancelled.Cancel();
});
using NgramStudent student = ToyTask.Student(seed: 3);
string[] method = args[0].Split('+');
OptionMap options = method.Contains("teacher-first") ? OptionMap.Of(new Dictionary<string, string> { ["scoring"] = "teacher-first" }) : OptionMap.Empty;
var trainer = new Trainer(
    student, ToyTask.Data(student), SelectionMethods.Create(method[0], options, ToyTask.Labels.Count, seed: 3),
    ToyTask.Settings with { CheckpointEvery = 4, EvaluationsPerEpoch = 2, Regroup = method.Contains("regroup") ? 5 : 0 }, new(3, "filter"), new CheckpointStore(args[1], "toy: 1"), stop);
try
{
    TrainingResult result = trainer.Run(cancelled.Token);
    Directory.CreateDirectory(args[2]);
    student.SaveModel(args[2], ToyTask.Labels);
    student.SaveState(args[2]);
    File.WriteAllText(Path.Combine(args[2], "history.json"), JsonSerializer.Serialize(result with { Seconds = 0 }));
    return 0;
}
catch (OperationCanceledException)
{
    return 130;
}

internal sealed class StopAt(long at, Action stop) : ITrainingObserver
{
    public void Step(in StepReport step)
    {
        if (step.Step == at) stop();
    }

    public void Evaluated(Llkd.Runs.EvaluationPoint point) { }
}
