using CsCheck;
using Llkd.Selection;

namespace Llkd.Tests.Selection;

public sealed class LlkdOracleTests
{
    /// <summary>What single precision may turn over: a sample this near to its threshold is not compared.</summary>
    private const double Near = 1e-5;

    private static readonly Gen<LlkdOptions> Options =
        from momentum in Gen.OneOf(Gen.Int[0, 4].Select(i => new[] { 0, 0.5, 0.9, 0.99, 0.999 }[i]), Gen.Double[0, 0.9999])
        from scaling in Gen.Enum<ClassScaling>()
        from target in Gen.Enum<TargetKind>()
        from measure in Gen.Enum<UncertaintyMeasure>()
        from divisor in Gen.Enum<LossDivisor>()
        from weighting in Gen.Enum<LlkdWeighting>()
        select new LlkdOptions
        {
            Momentum = momentum,
            ClassScaling = scaling,
            Target = target,
            Uncertainty = measure,
            Divisor = divisor,
            Weighting = weighting,
        };

    [Fact]
    public void Llkd_agrees_with_a_slow_implementation_for_all_options_over_many_steps() =>
        Gen.Select(Options, Gen.Bool, Gen.Enum<LlkdConditions>(), TestBatch.Sequences(longest: 40))
            .Sample((options, weighted, conditions, batches) =>
            {
                int classes = batches[0].Teacher[0].Length;
                bool useTeacher = conditions is LlkdConditions.TeacherConfidence or LlkdConditions.Both;
                bool useStudent = conditions is LlkdConditions.StudentUncertainty or LlkdConditions.Both;
                var method = new LlkdMethod(classes, options, weighted, conditions);
                var slow = new SlowLlkd(classes, options, weighted, useTeacher, useStudent);
                foreach (TestBatch batch in batches) Compare(batch.SelectWith(method), slow.Step(batch), slow, options, useTeacher, useStudent);
            }, iter: 300);

    private static void Compare(
        Choice choice, IReadOnlyList<SlowLlkd.Sample> samples, SlowLlkd slow, LlkdOptions options, bool useTeacher, bool useStudent)
    {
        Equal(useTeacher ? slow.TeacherThresholds : [], choice.TeacherThresholds);
        Equal(useStudent ? slow.StudentThresholds : [], choice.StudentThresholds);
        Assert.Equal(choice.Positions.Order(), choice.Positions);
        Assert.Equal(choice.Positions.Distinct(), choice.Positions);
        foreach (SlowLlkd.Sample sample in samples)
        {
            int at = Array.IndexOf(choice.Positions, sample.Position);
            if (sample.Slack > Near) Assert.Equal(sample.Selected, at >= 0);
            if (at < 0) continue;
            Assert.Equal(sample.Weight, choice.Weights[at], 1e-5);
            Equal(sample.Target, choice.Targets[at]);
        }
        Assert.Equal(options.Divisor == LossDivisor.Batch ? samples.Count : choice.Positions.Length, choice.Divisor);
    }

    private static void Equal(double[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int k = 0; k < expected.Length; k++) Assert.Equal(expected[k], actual[k], 1e-5);
    }
}
