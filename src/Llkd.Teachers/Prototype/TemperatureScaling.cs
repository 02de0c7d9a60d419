namespace Llkd.Teachers.Prototype;

/// <summary>
/// q = softmax(score / T), with T by maximum likelihood (Guo et al. 2017) on scores of examples that were left out of
/// their own prototype. The targets are softened by ε = 1/(n + 1), shared evenly among the classes, as if one example
/// more had been seen whose label could be any (after Platt 1999): a few examples that happen to be told apart
/// perfectly do not make the teacher certain of everything.
/// </summary>
internal static class TemperatureScaling
{
    /// <summary>Lowest and highest temperature tried, and the number of steps in between, evenly spaced in ln T.</summary>
    public const double Lowest = 0.005, Highest = 2;
    private const int Steps = 600;

    /// <summary>The temperature of highest likelihood.</summary>
    /// <param name="scores">Row-major [examples, classes].</param>
    /// <param name="labels">The examples' labels, [examples], at least one.</param>
    /// <param name="lowest">Lowest temperature tried.</param>
    /// <param name="highest">Highest temperature tried.</param>
    public static double Fit(ReadOnlySpan<double> scores, ReadOnlySpan<int> labels, double lowest = Lowest, double highest = Highest)
    {
        // The likelihood is concave in 1/T, so one side of every pair of neighbours can be ruled out. Where both fit
        // alike the higher one, the more careful, is kept.
        int low = 0, high = Steps;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (Likelihood(scores, labels, At(middle + 1, lowest, highest)) >= Likelihood(scores, labels, At(middle, lowest, highest))) low = middle + 1;
            else high = middle;
        }
        return At(low, lowest, highest);
    }

    private static double At(int step, double lowest, double highest) => lowest * Math.Pow(highest / lowest, (double)step / Steps);

    private static double Likelihood(ReadOnlySpan<double> scores, ReadOnlySpan<int> labels, double temperature)
    {
        int classes = scores.Length / labels.Length;
        double softening = 1.0 / (labels.Length + 1), sum = 0;
        for (int i = 0; i < labels.Length; i++)
            sum += LogLikelihood(scores.Slice(i * classes, classes), labels[i], softening, temperature);
        return sum;
    }

    /// <summary>q = softmax(scores / T), [classes].</summary>
    public static void Softmax(ReadOnlySpan<double> scores, double temperature, Span<float> q)
    {
        double highest = HighestOf(scores), sum = 0;
        Span<double> powers = scores.Length <= 256 ? stackalloc double[scores.Length] : new double[scores.Length];
        for (int k = 0; k < scores.Length; k++) sum += powers[k] = Math.Exp((scores[k] - highest) / temperature);
        for (int k = 0; k < scores.Length; k++) q[k] = (float)(powers[k] / sum);
    }

    private static double LogLikelihood(ReadOnlySpan<double> scores, int label, double softening, double temperature)
    {
        double highest = HighestOf(scores), sum = 0, mean = 0;
        foreach (double score in scores)
        {
            sum += Math.Exp((score - highest) / temperature);
            mean += (score - highest) / temperature / scores.Length;
        }
        double own = (scores[label] - highest) / temperature;
        return (1 - softening) * own + softening * mean - Math.Log(sum);
    }

    private static double HighestOf(ReadOnlySpan<double> scores)
    {
        double highest = double.NegativeInfinity;
        foreach (double score in scores) highest = Math.Max(highest, score);
        return highest;
    }
}
