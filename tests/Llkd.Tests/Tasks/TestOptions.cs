using Llkd.Tasks;

namespace Llkd.Tests.Tasks;

internal sealed record TestOptions
{
    [Key("momentum", Minimum = 0, Maximum = 0.9999)]
    public double Momentum { get; init; } = 0.9;

    [Key("scaling")]
    public TestScaling Scaling { get; init; } = TestScaling.MaxNorm;

    [Key("ratio")]
    public float? Ratio { get; init; }

    [Key("steps")]
    public long Steps { get; init; } = 3;
}

internal enum TestScaling
{
    MaxNorm,
    None,
}
