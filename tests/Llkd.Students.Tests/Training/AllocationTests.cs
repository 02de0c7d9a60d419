using Llkd.Numerics;
using Llkd.Selection;
using Llkd.Students.Ngram;
using Llkd.Students.Trainee;
using Llkd.Students.Training;
using Llkd.Tasks;

namespace Llkd.Students.Tests.Training;

public sealed class AllocationTests
{
    /// <summary>Scoring, choosing and training as the trainer does them, once the buffers have grown.</summary>
    [Theory]
    [InlineData("llkd")]
    [InlineData("llkd-w")]
    [InlineData("no-ds")]
    [InlineData("random")]
    [InlineData("freematch")]
    [InlineData("softmatch")]
    [InlineData("flexmatch")]
    [InlineData("cckd-l")]
    [InlineData("cckd-t-reg")]
    [InlineData("unixkd")]
    [InlineData("dynamickd")]
    [InlineData("gce")]
    [InlineData("soft-labels")]
    [InlineData("entropy-score")]
    [InlineData("freeal")]
    public void A_training_step_allocates_nothing(string name)
    {
        using NgramStudent student = ToyTask.Student(seed: 3);
        TrainingData data = ToyTask.Data(student);
        SelectionMethod method = SelectionMethods.Create(name, OptionMap.Empty, 3, seed: 3);
        var selection = new BatchSelection(3);
        var scores = new float[64 * 3];
        var chosen = new int[64];
        LogitLoss loss = (logits, gradient) => method.Loss(selection, logits, gradient);

        void Steps(int count)
        {
            for (int step = 0; step < count; step++)
            {
                ReadOnlySpan<int> samples = data.Samples.AsSpan(step % 3 * 64, 64);
                student.Score(data.Pool, samples, scores);
                Softmax.Rows(scores, scores, 3);
                selection.Reset(64);
                method.Select(new ScoredBatch(samples, data.Labels, scores, 0, step), selection);
                for (int j = 0; j < selection.Count; j++) chosen[j] = samples[selection.Positions[j]];
                if (selection.Count > 0) student.Train(data.Pool, chosen.AsSpan(0, selection.Count), loss, 0.001);
            }
        }

        long Allocated(int steps)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Steps(steps);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Steps(30);
        // A collection that another test's thread starts may count what is left of this thread's allocation buffer as
        // allocated. A step that allocates does so in every window, such a collection only now and then.
        Assert.Equal(0, Enumerable.Range(0, 10).Select(_ => Allocated(10)).Min());
    }
}
