using Llkd.Metrics;
using Llkd.Teachers.Prototype;

namespace Llkd.Teachers;

/// <summary>
/// Temperature scaling of a teacher's distributions (Guo et al. 2017): q' ∝ q^(1/T), with T by maximum likelihood on
/// texts with gold labels, none of them from the test set. It changes no label, only how sure the teacher is said to be.
/// </summary>
/// <param name="Temperature">T, in [0.05, 20]; above 1 the teacher was too sure of itself.</param>
/// <param name="Texts">Texts it was fitted on.</param>
/// <param name="EceBefore">Expected calibration error on these texts as the teacher answered, in [0, 1].</param>
/// <param name="EceAfter">The same after scaling, each fifth of the texts scaled by a temperature fitted on the other four.</param>
public sealed record TeacherCalibration(double Temperature, int Texts, double EceBefore, double EceAfter)
{
    /// <summary>With fewer texts the temperature would be chance.</summary>
    public const int FewestTexts = 20;

    private const double Lowest = 0.05, Highest = 20;

    /// <summary>A label without any probability is taken to have this much, as certainty cannot be scaled.</summary>
    private const double LeastProbability = 1e-4;

    private const int Folds = 5;

    /// <summary>Fits a temperature.</summary>
    /// <param name="distributions">q, row-major [texts, classes].</param>
    /// <param name="gold">Gold labels, [texts].</param>
    /// <returns>Null with fewer than <see cref="FewestTexts"/> texts.</returns>
    public static TeacherCalibration? Fit(ReadOnlySpan<float> distributions, ReadOnlySpan<int> gold)
    {
        if (gold.Length < FewestTexts) return null;
        int classes = distributions.Length / gold.Length;
        double[] scores = Logarithms(distributions);
        int[] labels = gold.ToArray();
        double temperature = TemperatureScaling.Fit(scores, labels, Lowest, Highest);
        float[] scaled = distributions.ToArray();
        for (int fold = 0; fold < Folds; fold++)
        {
            int[] others = [.. Enumerable.Range(0, labels.Length).Where(i => i % Folds != fold)];
            double t = TemperatureScaling.Fit(
                [.. others.SelectMany(i => scores.Skip(i * classes).Take(classes))], [.. others.Select(i => labels[i])], Lowest, Highest);
            for (int i = fold; i < labels.Length; i += Folds) TemperatureScaling.Softmax(scores.AsSpan(i * classes, classes), t, scaled.AsSpan(i * classes, classes));
        }
        return new TeacherCalibration(temperature, labels.Length, Ece(distributions, labels), Ece(scaled, labels));
    }

    /// <summary>Scales one distribution in place.</summary>
    /// <param name="distribution">q, [classes].</param>
    public void Apply(Span<float> distribution) => TemperatureScaling.Softmax(Logarithms(distribution), Temperature, distribution);

    private static double[] Logarithms(ReadOnlySpan<float> distributions)
    {
        var scores = new double[distributions.Length];
        for (int i = 0; i < scores.Length; i++) scores[i] = Math.Log(Math.Max(distributions[i], LeastProbability));
        return scores;
    }

    private static double Ece(ReadOnlySpan<float> distributions, int[] gold)
    {
        int classes = distributions.Length / gold.Length;
        var predicted = new int[gold.Length];
        var confidences = new float[gold.Length];
        for (int i = 0; i < gold.Length; i++)
        {
            ReadOnlySpan<float> q = distributions.Slice(i * classes, classes);
            predicted[i] = Numerics.Softmax.ArgMax(q);
            confidences[i] = q[predicted[i]];
        }
        string[] names = [.. Enumerable.Range(0, classes).Select(k => k.ToString(System.Globalization.CultureInfo.InvariantCulture))];
        return Quality.Measure(gold, predicted, confidences, names).Ece;
    }
}
