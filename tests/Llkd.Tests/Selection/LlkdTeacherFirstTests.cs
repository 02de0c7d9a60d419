using CsCheck;
using Llkd.Labels;
using Llkd.Selection;

namespace Llkd.Tests.Selection;

public sealed class LlkdTeacherFirstTests
{
    private static readonly LlkdOptions Options = new() { Momentum = 0.5, Uncertainty = UncertaintyMeasure.Margin, Scoring = LlkdScoring.TeacherFirst };

    private static readonly float[][] Teacher = [[.75f, .25f], [.25f, .75f], [1, 0], [.5f, .5f]];
    private static readonly float[][] Student = [[.5f, .5f], [.75f, .25f], [.125f, .875f], [.625f, .375f]];

    /// <summary>
    /// The first batch of the worked example. τT = (.625, .4861111) lets the first three through; of those
    /// mean u = (1 + .5 + .25)/3, S = (1 + .5833333)/2; b = ((1 + .625)/2, (1 + .5)/2);
    /// τS = (.7916667, .75/.8125 · .7916667 = .7307692): only the first, 1 ≥ .7916667.
    /// </summary>
    [Fact]
    public void The_students_levels_follow_the_admitted_samples_alone()
    {
        var method = new LlkdMethod(2, Options);
        Assert.True(method.ScreensBatches);
        (int[] admitted, BatchSelection selection) = Step(method, Teacher, Student);
        Assert.Equal([0, 1, 2], admitted);
        Assert.Equal(.625f, method.TeacherThresholds[0], 1e-6f);
        Assert.Equal(.4861111f, method.TeacherThresholds[1], 1e-6f);
        Assert.Equal(.7916667f, method.StudentThresholds[0], 1e-6f);
        Assert.Equal(.7307692f, method.StudentThresholds[1], 1e-6f);
        Assert.Equal([0], selection.Positions.ToArray());
    }

    [Fact]
    public void A_batch_without_a_confident_sample_changes_no_student_level_and_selects_nothing()
    {
        var method = new LlkdMethod(2, Options);
        Step(method, [[1, 0]], [[.5f, .5f]]);
        double[] before = method.State["student"];
        (int[] admitted, BatchSelection selection) = Step(method, [[.5f, .5f]], [[.5f, .5f]]);
        Assert.Empty(admitted);
        Assert.Equal(0, selection.Count);
        Assert.Equal(before, method.State["student"]);
    }

    /// <summary>The loss's divisor B is that of the whole batch, also where few were scored.</summary>
    [Fact]
    public void Dividing_by_the_batch_divides_by_the_whole_batch()
    {
        var method = new LlkdMethod(2, Options with { Divisor = LossDivisor.Batch });
        Assert.Equal(4, Step(method, Teacher, Student).Selection.Divisor);
    }

    [Fact]
    public void Without_the_teacher_condition_everything_is_scored() =>
        Assert.False(new LlkdMethod(2, Options, conditions: LlkdConditions.StudentUncertainty).ScreensBatches);

    /// <summary>Teacher thresholds do not depend on the student, so they are the same whichever is scored; and what is selected meets both conditions.</summary>
    [Fact]
    public void Teacher_thresholds_are_those_of_scoring_all() => TestBatch.Sequences().Sample(batches =>
    {
        int classes = batches[0].Teacher[0].Length;
        var first = new LlkdMethod(classes, new LlkdOptions { Scoring = LlkdScoring.TeacherFirst });
        var all = new LlkdMethod(classes);
        foreach (TestBatch batch in batches)
        {
            batch.SelectWith(all);
            (int[] admitted, BatchSelection selection) = Step(first, batch.Teacher, batch.Student);
            Assert.Equal(all.TeacherThresholds.ToArray(), first.TeacherThresholds.ToArray());
            Assert.All(selection.Positions.ToArray(), position => Assert.InRange(position, 0, admitted.Length - 1));
        }
    });

    private static (int[] Admitted, BatchSelection Selection) Step(LlkdMethod method, float[][] teacher, float[][] student)
    {
        int classes = teacher[0].Length;
        var labels = new PseudoLabels([.. teacher.SelectMany(q => q)], classes);
        var admitted = new List<int>();
        method.Screen(new ScoredBatch([.. Enumerable.Range(0, teacher.Length)], labels, [], 0, 0), admitted);
        var selection = new BatchSelection(classes);
        selection.Reset(admitted.Count);
        method.Select(new ScoredBatch([.. admitted], labels, [.. admitted.SelectMany(i => student[i])], 0, 0), selection);
        return ([.. admitted], selection);
    }
}
