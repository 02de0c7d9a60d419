using Llkd.Selection;
using Llkd.Students.Ngram;
using Llkd.Students.Trainee;
using Llkd.Students.Training;
using Llkd.Tasks;

namespace Llkd.Students.Tests.Training;

public sealed class RegroupTests
{
    /// <summary>15 batches of 16 an epoch, 60 steps, 4 samples selected in each: a batch is full after 4 steps.</summary>
    [Theory]
    [InlineData(100, 4)]
    [InlineData(3, 3)]
    [InlineData(1, 1)]
    public void Samples_wait_until_they_fill_a_batch_or_the_window_is_over(int window, int every)
    {
        (_, List<StepReport> steps, TrainingResult result) = Run(new FirstOfEach(4), window);
        Assert.Equal(60, steps.Count);
        for (int step = 1; step <= 60; step++) Assert.Equal(step % every == 0, !double.IsNaN(steps[step - 1].Loss));
        Assert.Equal(60 * 4, result.Seen);
    }

    /// <summary>3 a step: 16 after 6 steps, with 2 left over; the last step trains on whatever waits.</summary>
    [Fact]
    public void What_waits_at_the_end_of_the_run_is_trained_on()
    {
        (_, List<StepReport> steps, _) = Run(new FirstOfEach(3), 1000);
        Assert.False(double.IsNaN(steps[^1].Loss));
        // 180 samples: 11 full batches, and the last 4.
        Assert.Equal(12, steps.Count(step => !double.IsNaN(step.Loss)));
    }

    [Theory]
    [InlineData("llkd")]
    [InlineData("llkd-w")]
    [InlineData("softmatch")]
    [InlineData("soft-labels")]
    public void A_window_of_one_step_is_the_step_without_regrouping(string name)
    {
        float[][] off = Run(SelectionMethods.Create(name, OptionMap.Empty, 3, 3), 0).Weights;
        float[][] one = Run(SelectionMethods.Create(name, OptionMap.Empty, 3, 3), 1).Weights;
        for (int w = 0; w < off.Length; w++)
            for (int i = 0; i < off[w].Length; i++) Assert.Equal(off[w][i], one[w][i], 2e-4f);
    }

    [Theory]
    [InlineData("cckd-l", "")]
    [InlineData("freematch", "fairness")]
    public void A_loss_that_belongs_to_its_batch_is_refused(string name, string option)
    {
        OptionMap options = option.Length == 0 ? OptionMap.Empty : OptionMap.Of(new Dictionary<string, string> { [option] = "0.01" });
        InputException e = Assert.Throws<InputException>(() => Run(SelectionMethods.Create(name, options, 3, 3), 4));
        Assert.Contains("training.regroup", e.Message, StringComparison.Ordinal);
    }

    private static (float[][] Weights, List<StepReport> Steps, TrainingResult Result) Run(SelectionMethod method, int window)
    {
        using NgramStudent student = ToyTask.Student(seed: 3);
        var recorder = new Recorder();
        TrainingResult result = new Trainer(
            student, ToyTask.Data(student), method, ToyTask.Settings with { Regroup = window }, new(3, "filter"), null, recorder)
            .Run(TestContext.Current.CancellationToken);
        return (student.CopyWeights(), recorder.Steps, result);
    }

    private sealed class FirstOfEach(int count) : SelectionMethod
    {
        public override bool NeedsStudentScores => false;

        public override void Select(in ScoredBatch batch, BatchSelection selection)
        {
            for (int i = 0; i < count; i++) selection.Add(i, 1, batch.PseudoLabel(i));
        }
    }

    private sealed class Recorder : ITrainingObserver
    {
        public List<StepReport> Steps { get; } = [];

        public void Step(in StepReport step) => Steps.Add(step);

        public void Evaluated(Llkd.Runs.EvaluationPoint point) { }
    }
}
