using Llkd.Cli.Comparison;
using Llkd.Cli.Tests.Support;
using Llkd.Students;
using Llkd.Students.Transformer;

namespace Llkd.Cli.Tests.Comparison;

public sealed class ComparisonPlanTests : IDisposable
{
    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    /// <summary>Cells remember the precision they were computed in, so that those of another are not taken for the same.</summary>
    [Fact]
    public void A_precision_left_open_is_settled_where_the_student_has_one()
    {
        Assert.Equal(EngineOptions.PrecisionFor(TrainingPrecision.Auto, ComputeDevice.Auto), Precision("student.kind=transformer"));
        Assert.Equal(TrainingPrecision.Bf16, Precision("student.kind=transformer", "training.precision=bf16"));
        Assert.Equal(TrainingPrecision.Fp32, Precision("student.kind=transformer", "training.precision=fp32"));
        Assert.Equal(TrainingPrecision.Auto, Precision());
    }

    private TrainingPrecision Precision(params string[] sets)
    {
        var plan = new ComparisonPlan([_place["task.yaml"]], sets, [], [1], 1, null);
        TrainingPrecision settled = plan.Base(_place["task.yaml"]).Training.Precision;
        Assert.Equal(settled, plan.Task(_place["task.yaml"], new MethodSpec("llkd", []), 1).Training.Precision);
        return settled;
    }
}
