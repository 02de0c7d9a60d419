using Llkd.Runs;
using Llkd.Selection;
using Llkd.Students.Ngram;
using Llkd.Students.Trainee;
using Llkd.Students.Training;
using Llkd.Tasks;

namespace Llkd.Students.Tests.Training;

public sealed class SelectionHistoryTests
{
    [Theory]
    [InlineData("llkd")]
    [InlineData("llkd-without-tc")]
    [InlineData("random")]
    [InlineData("no-ds")]
    public void Counts_of_epochs_steps_and_map_add_up_to_what_was_offered_and_seen(string name)
    {
        TrainingResult result = Train(name);
        Assert.Equal(4 * ToyTask.PoolSize, result.Offered);
        Assert.Equal(result.Offered, result.EpochSelection.Sum(epoch => epoch.Offered.Sum()));
        Assert.Equal(result.Seen, result.EpochSelection.Sum(epoch => epoch.Selected.Sum()));
        Assert.Equal([1, 2, 3, 4], result.EpochSelection.Select(epoch => epoch.Epoch));
        // 60 steps of 16, fewer than the points there may be: each step is one.
        Assert.Equal(Enumerable.Range(1, 60).Select(step => (long)step), result.Steps.Select(point => point.Step));
        Assert.Equal(result.Seen, (long)Math.Round(result.Steps.Sum(point => point.Share * 16)));
        if (result.Map is { } map)
        {
            Assert.Equal(result.Offered, map.Offered.Sum(row => row.Sum()));
            Assert.Equal(result.Seen, map.Selected.Sum(row => row.Sum()));
        }
        Assert.Equal(name.StartsWith("llkd", StringComparison.Ordinal), result.Map is not null);
    }

    [Fact]
    public void Thresholds_stand_in_the_history_of_the_methods_that_have_them()
    {
        Assert.All(Train("llkd").Steps, point => Assert.Equal((3, 3), (point.TeacherThresholds!.Count, point.StudentThresholds!.Count)));
        Assert.All(Train("llkd-without-tc").Steps, point => Assert.Null(point.TeacherThresholds));
        Assert.All(Train("random").Steps, point => Assert.True(point.TeacherThresholds is null && point.StudentThresholds is null));
    }

    [Fact]
    public void The_accuracy_of_all_pseudo_labels_is_the_teachers_own()
    {
        using NgramStudent student = ToyTask.Student(3);
        TrainingData data = ToyTask.Data(student);
        double teacher = Enumerable.Range(0, ToyTask.PoolSize).Average(i => data.Labels.Labels[i] == data.PoolGold[i] ? 1.0 : 0);
        Assert.All(Train("no-ds").EpochSelection, epoch => Assert.Equal(teacher, epoch.PseudoLabelAccuracy!.Value, 1e-12));
    }

    [Fact]
    public void Llkd_chooses_labels_that_are_right_more_often_than_the_teacher_is()
    {
        double all = Train("no-ds").EpochSelection[^1].PseudoLabelAccuracy!.Value;
        Assert.All(Train("llkd").EpochSelection, epoch => Assert.True(epoch.PseudoLabelAccuracy > all));
    }

    [Fact]
    public void Without_gold_labels_in_the_pool_no_accuracy_is_made_up() =>
        Assert.All(Train("llkd", data => data with { PoolGold = [] }).EpochSelection, epoch => Assert.Null(epoch.PseudoLabelAccuracy));

    [Fact]
    public void A_long_run_keeps_some_hundreds_of_points_and_the_last_step_among_them()
    {
        TrainingResult result = Train("random", settings: ToyTask.Settings with { BatchSize = 2, Epochs = 8 });
        Assert.InRange(result.Steps.Count, 250, 350);
        Assert.Equal(8 * ToyTask.PoolSize / 2, result.Steps[^1].Step);
    }

    [Fact]
    public void The_map_is_as_by_hand_for_one_batch()
    {
        // Two classes: columns from 1/2 to 1, so c = .55 is in column (.05/.5) · 20 = 2, and c = 1 in the last. Rows by
        // entropy: p = (.5, .5) in the last, p = (1, 0) in the first.
        var labels = new Labels.PseudoLabels([.551f, .449f, 1, 0, 0, 1], 2);
        // By teacher confidence alone: c ≥ .85, their mean, are the 2nd and the 3rd.
        var selection = new BatchSelection(2);
        selection.Reset(3);
        var method = new LlkdMethod(2, new LlkdOptions { Momentum = 0, ClassScaling = ClassScaling.None }, conditions: LlkdConditions.TeacherConfidence);
        var batch = new ScoredBatch([0, 1, 2], labels, [.5f, .5f, 1, 0, 1, 0], 0, 0);
        method.Select(batch, selection);
        var history = new SelectionHistory();
        history.Add(batch, selection, method, [], totalSteps: 1);
        SelectionMap map = history.Map(2)!;
        Assert.Equal(0.5, map.ConfidenceEdges[0]);
        Assert.Equal(0.55, map.ConfidenceEdges[2], 1e-12);
        Assert.Equal([(19, 2, 1L), (0, 19, 2L)], Filled(map.Offered).OrderByDescending(cell => cell.Row));
        Assert.Equal([(0, 19, 2L)], Filled(map.Selected));
    }

    private static IEnumerable<(int Row, int Column, long Count)> Filled(IReadOnlyList<IReadOnlyList<long>> cells) =>
        from row in Enumerable.Range(0, cells.Count)
        from column in Enumerable.Range(0, cells[row].Count)
        where cells[row][column] > 0
        select (row, column, cells[row][column]);

    private static TrainingResult Train(string name, Func<TrainingData, TrainingData>? change = null, TrainerSettings? settings = null)
    {
        using NgramStudent student = ToyTask.Student(3);
        TrainingData data = ToyTask.Data(student);
        return new Trainer(
            student, change?.Invoke(data) ?? data, SelectionMethods.Create(name, OptionMap.Empty, 3, 3),
            settings ?? ToyTask.Settings, new(3, "filter")).Run(TestContext.Current.CancellationToken);
    }
}
