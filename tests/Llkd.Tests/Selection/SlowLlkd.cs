using Llkd.Selection;

namespace Llkd.Tests.Selection;

/// <summary>
/// LLKD written from METHOD.md section 2 in double precision, with no thought of speed; it shares no code with the
/// product, only the names of the options.
/// </summary>
internal sealed class SlowLlkd(int classes, LlkdOptions options, bool weighted, bool useTeacher, bool useStudent)
{
    private double _t = 1.0 / classes;
    private double _s = 1;
    private Dictionary<int, double> _a = Enumerable.Range(0, classes).ToDictionary(k => k, _ => 1.0 / classes);
    private Dictionary<int, double> _b = Enumerable.Range(0, classes).ToDictionary(k => k, _ => 1.0);

    public sealed record Sample(int Position, int Label, double C, double U, bool Selected, double Weight, double[] Target, double Slack);

    public double[] TeacherThresholds { get; private set; } = [];

    public double[] StudentThresholds { get; private set; } = [];

    /// <summary>All samples of the batch; Slack is how near the closest condition in force is to turning over.</summary>
    public IReadOnlyList<Sample> Step(TestBatch batch)
    {
        double lambda = options.Momentum;
        var rows = batch.Teacher.Zip(batch.Student).Select((pair, i) => new
        {
            Position = i,
            Q = pair.First.Select(x => (double)x).ToArray(),
            Label = Array.IndexOf(pair.First, pair.First.Max()),
            C = (double)pair.First.Max(),
            U = UncertaintyOf(options.Uncertainty, pair.Second),
        }).ToList();

        _t = lambda * _t + (1 - lambda) * rows.Average(r => r.C);
        _a = _a.ToDictionary(old => old.Key, old => lambda * old.Value + (1 - lambda) * rows.Average(r => r.Q[old.Key]));
        _s = lambda * _s + (1 - lambda) * rows.Average(r => r.U);
        _b = _b.ToDictionary(old => old.Key, old => rows.Any(r => r.Label == old.Key)
            ? lambda * old.Value + (1 - lambda) * rows.Where(r => r.Label == old.Key).Average(r => r.U)
            : old.Value);
        bool scaled = options.ClassScaling == ClassScaling.MaxNorm;
        TeacherThresholds = [.. _a.Select(a => scaled ? a.Value / _a.Values.Max() * _t : _t)];
        StudentThresholds = [.. _b.Select(b => scaled ? b.Value / _b.Values.Max() * _s : _s)];

        return [.. rows.Select(r =>
        {
            double c = r.C - TeacherThresholds[r.Label], u = r.U - StudentThresholds[r.Label];
            double weight = !weighted ? 1 : options.Weighting == LlkdWeighting.Sum ? r.C + r.U : r.C * r.U;
            double[] hard = [.. Enumerable.Range(0, classes).Select(k => k == r.Label ? 1.0 : 0.0)];
            double[] target = options.Target switch
            {
                TargetKind.Hard => hard,
                TargetKind.Soft => r.Q,
                _ => [.. hard.Zip(r.Q, (h, q) => (h + q) / 2)],
            };
            double slack = Math.Min(useTeacher ? Math.Abs(c) : 1, useStudent ? Math.Abs(u) : 1);
            return new Sample(r.Position, r.Label, r.C, r.U, (!useTeacher || c >= 0) && (!useStudent || u >= 0), weight, target, slack);
        })];
    }

    public static double UncertaintyOf(UncertaintyMeasure measure, float[] p)
    {
        double[] descending = [.. p.Select(x => (double)x).OrderDescending()];
        return measure switch
        {
            UncertaintyMeasure.Entropy => -descending.Where(x => x > 0).Sum(x => x * Math.Log(x)) / Math.Log(p.Length),
            UncertaintyMeasure.LeastConfidence => 1 - descending[0],
            _ => 1 - (descending[0] - descending[1]),
        };
    }
}
