using CsCheck;
using Llkd.Selection;

namespace Llkd.Tests.Selection;

public sealed class LlkdInvariantTests
{
    [Fact]
    public void What_is_selected_meets_both_conditions_and_nothing_else_does() => TestBatch.Sequences().Sample(batches =>
    {
        var method = new LlkdMethod(ClassesOf(batches));
        foreach (TestBatch batch in batches)
        {
            Choice choice = batch.SelectWith(method);
            for (int i = 0; i < batch.Count; i++)
            {
                int label = Array.IndexOf(batch.Teacher[i], batch.Teacher[i].Max());
                bool both = batch.Teacher[i].Max() >= choice.TeacherThresholds[label]
                    && Uncertainty.Of(UncertaintyMeasure.Entropy, batch.Student[i]) >= choice.StudentThresholds[label];
                Assert.Equal(both, choice.Positions.Contains(i));
            }
        }
    });

    [Fact]
    public void Thresholds_stay_between_zero_and_their_global_level_and_that_stays_in_its_range() =>
        TestBatch.Sequences().Sample(batches =>
        {
            int classes = ClassesOf(batches);
            var method = new LlkdMethod(classes);
            foreach (TestBatch batch in batches)
            {
                Choice choice = batch.SelectWith(method);
                double t = method.State["teacher"][0], s = method.State["student"][0];
                Assert.InRange(t, 1.0 / classes - 1e-6, 1 + 1e-6);
                Assert.InRange(s, 0, 1);
                Assert.All(choice.TeacherThresholds, tau => Assert.InRange(tau, 0f, (float)t));
                Assert.All(choice.StudentThresholds, tau => Assert.InRange(tau, 0f, (float)s));
                // max_j a(j)/max a = 1: the most common class has the global threshold itself.
                Assert.Equal((float)t, choice.TeacherThresholds.Max());
                Assert.Equal((float)s, choice.StudentThresholds.Max());
            }
        });

    [Fact]
    public void Without_class_scaling_there_is_one_threshold_whatever_the_classes() => TestBatch.Sequences().Sample(batches =>
    {
        var scaled = new LlkdMethod(ClassesOf(batches));
        var method = new LlkdMethod(ClassesOf(batches), new LlkdOptions { ClassScaling = ClassScaling.None });
        foreach (TestBatch batch in batches)
        {
            Choice expected = batch.SelectWith(scaled), choice = batch.SelectWith(method);
            Assert.All(choice.TeacherThresholds, tau => Assert.Equal(expected.TeacherThresholds.Max(), tau));
            Assert.All(choice.StudentThresholds, tau => Assert.Equal(expected.StudentThresholds.Max(), tau));
        }
    });

    [Fact]
    public void At_momentum_zero_the_thresholds_are_the_batchs_own_statistics() => Gen.Int[2, 6].SelectMany(classes =>
        Gen.Select(TestBatch.Batches(classes, 12).Array[0, 4], TestBatch.Batches(classes, 12))).Sample((before, last) =>
        {
            int classes = last.Teacher[0].Length;
            var method = new LlkdMethod(classes, new LlkdOptions { Momentum = 0 });
            foreach (TestBatch batch in before) batch.SelectWith(method);
            Choice choice = last.SelectWith(method);
            double t = last.Teacher.Average(q => (double)q.Max());
            double[] a = [.. Enumerable.Range(0, classes).Select(k => last.Teacher.Average(q => (double)q[k]))];
            for (int k = 0; k < classes; k++) Assert.Equal(a[k] / a.Max() * t, choice.TeacherThresholds[k], 1e-6);
            Assert.Equal(
                last.Student.Average(p => SlowLlkd.UncertaintyOf(UncertaintyMeasure.Entropy, p)), choice.StudentThresholds.Max(), 1e-5);
        });

    [Fact]
    public void A_class_absent_from_a_batch_keeps_its_level_of_uncertainty() => TestBatch.Sequences().Sample(batches =>
    {
        int classes = ClassesOf(batches);
        var method = new LlkdMethod(classes);
        double[] before = method.State["student"];
        foreach (TestBatch batch in batches)
        {
            batch.SelectWith(method);
            double[] after = method.State["student"];
            int[] present = [.. batch.Teacher.Select(q => Array.IndexOf(q, q.Max()))];
            for (int k = 0; k < classes; k++)
                if (!present.Contains(k)) Assert.Equal(before[k + 1], after[k + 1]);
            before = after;
        }
    });

    [Fact]
    public void Permuting_a_batch_permutes_its_selection() =>
        Gen.Select(TestBatch.Sequences(), Gen.Int[0, int.MaxValue]).Sample((batches, seed) =>
        {
            var method = new LlkdMethod(ClassesOf(batches));
            var other = new LlkdMethod(ClassesOf(batches));
            foreach (TestBatch batch in batches)
            {
                int[] order = [.. Enumerable.Range(0, batch.Count)];
                new Random(seed).Shuffle(order);
                Choice choice = batch.SelectWith(method);
                int[] back = [.. batch.Permuted(order).SelectWith(other).Positions.Select(i => order[i]).Order()];
                Assert.Empty(Decided(choice.Positions.Except(back).Union(back.Except(choice.Positions)), batch, choice));
            }
        });

    [Fact]
    public void Renaming_the_classes_renames_the_thresholds_and_leaves_the_selection() =>
        Gen.Select(TestBatch.Sequences(), Gen.Int[0, int.MaxValue]).Sample((batches, seed) =>
        {
            int classes = ClassesOf(batches);
            int[] newLabelOf = [.. Enumerable.Range(0, classes)];
            new Random(seed).Shuffle(newLabelOf);
            var method = new LlkdMethod(classes);
            var other = new LlkdMethod(classes);
            foreach (TestBatch batch in batches)
            {
                TestBatch untied = batch with { Teacher = [.. batch.Teacher.Select(Untied)] };
                Choice choice = untied.SelectWith(method), renamed = untied.Relabelled(newLabelOf).SelectWith(other);
                for (int k = 0; k < classes; k++)
                {
                    Assert.Equal(choice.TeacherThresholds[k], renamed.TeacherThresholds[newLabelOf[k]], 1e-6);
                    Assert.Equal(choice.StudentThresholds[k], renamed.StudentThresholds[newLabelOf[k]], 1e-6);
                }
                Assert.Empty(Decided(
                    choice.Positions.Except(renamed.Positions).Union(renamed.Positions.Except(choice.Positions)), untied, choice));
            }
        });

    [Fact]
    public void Without_both_conditions_llkd_is_no_ds() => TestBatch.Sequences().Sample(batches =>
    {
        var method = new LlkdMethod(ClassesOf(batches), conditions: LlkdConditions.None);
        var everything = new NoDataSelection();
        Assert.False(method.NeedsStudentScores);
        foreach (TestBatch batch in batches)
        {
            Choice choice = batch.SelectWith(method), expected = batch.SelectWith(everything);
            Assert.Equal(Enumerable.Range(0, batch.Count), choice.Positions);
            Assert.Equal(expected.Positions, choice.Positions);
            Assert.Equal(expected.Weights, choice.Weights);
            Assert.Equal(expected.Targets, choice.Targets);
            Assert.Equal(batch.Count, choice.Divisor);
        }
    });

    [Fact]
    public void A_student_certain_of_everything_has_thresholds_of_zero_and_not_of_nothing()
    {
        TestBatch batch = new([[.9f, .1f], [.2f, .8f]], [[1, 0], [0, 1]]);
        var method = new LlkdMethod(2, new LlkdOptions { Momentum = 0 });
        Choice choice = batch.SelectWith(method);
        Assert.Equal([0f, 0f], choice.StudentThresholds);
        // T = .85, a = (.55, .45), τT = (.85, .6954545): .9 and .8 are enough, and u = 0 ≥ 0.
        Assert.Equal([0, 1], choice.Positions);
    }

    /// <summary>The positions whose values are not within rounding of their thresholds.</summary>
    private static IEnumerable<int> Decided(IEnumerable<int> positions, TestBatch batch, Choice choice) => positions.Where(i =>
    {
        int label = Array.IndexOf(batch.Teacher[i], batch.Teacher[i].Max());
        double u = SlowLlkd.UncertaintyOf(UncertaintyMeasure.Entropy, batch.Student[i]);
        return Math.Abs(batch.Teacher[i].Max() - choice.TeacherThresholds[label]) > 1e-6 && Math.Abs(u - choice.StudentThresholds[label]) > 1e-5;
    });

    /// <summary>A tie goes to the lowest label, and another order of the labels would change which that is.</summary>
    private static float[] Untied(float[] q)
    {
        int top = Array.IndexOf(q, q.Max());
        return q.Count(value => value == q[top]) == 1 ? q : [.. q.Select((value, k) => (k == top ? value + 0.01f : value) / 1.01f)];
    }

    private static int ClassesOf(TestBatch[] batches) => batches[0].Teacher[0].Length;
}
