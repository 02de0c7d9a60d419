using Llkd.Numerics;

namespace Llkd.Selection;

/// <summary>
/// The fairness term of FreeMatch (Wang et al., arXiv 2205.07246, eq. 11): F = Σ_k m_k ln m̄_k, where m is the moving
/// average of mean p over that of the histogram of argmax p, renormalised, and m̄ the same from the chosen samples of the
/// batch alone. The gradient flows through the batch's mean p only.
/// </summary>
public sealed class Fairness
{
    private const double Tiny = 1e-12;
    private readonly int _classes;
    private readonly double[] _target;
    private readonly double[] _mean;
    private readonly double[] _inverse;
    private readonly double[] _slope;

    /// <summary>Makes room for C classes.</summary>
    public Fairness(int classCount)
    {
        _classes = classCount;
        _target = new double[classCount];
        _mean = new double[classCount];
        _inverse = new double[classCount];
        _slope = new double[classCount];
    }

    /// <summary>F, with the weight times dF/dz added to a gradient.</summary>
    /// <param name="average">Moving average of mean p, [classes].</param>
    /// <param name="averageHistogram">Moving average of the share of each argmax p, [classes].</param>
    /// <param name="logits">z of the chosen samples, row-major [selected, classes].</param>
    /// <param name="gradient">Is added to, [selected, classes].</param>
    /// <param name="weight">Weight of the term.</param>
    /// <returns>F, without the weight.</returns>
    public double Add(
        ReadOnlySpan<double> average, ReadOnlySpan<double> averageHistogram, ReadOnlySpan<float> logits, Span<float> gradient, double weight)
    {
        int n = logits.Length / _classes;
        if (n == 0) return 0;
        Span<float> p = _classes <= 512 ? stackalloc float[_classes] : new float[_classes];
        Array.Clear(_mean);
        Array.Clear(_inverse);
        for (int j = 0; j < n; j++)
        {
            Softmax.Row(logits.Slice(j * _classes, _classes), p);
            _inverse[Softmax.ArgMax(p)] += 1.0 / n;
            for (int k = 0; k < _classes; k++) _mean[k] += p[k] / (double)n;
        }
        double targetSum = 0, sum = 0;
        for (int k = 0; k < _classes; k++)
        {
            // A class that nothing was predicted as has no part in the term.
            _inverse[k] = _inverse[k] > 0 ? 1 / _inverse[k] : 0;
            _target[k] = averageHistogram[k] > 0 ? average[k] / averageHistogram[k] : 0;
            targetSum += _target[k];
            sum += _inverse[k] * _mean[k];
        }
        double value = 0, common = 0;
        for (int k = 0; k < _classes; k++)
        {
            double m = _target[k] / targetSum, batch = _inverse[k] * _mean[k] / sum;
            value += m * Math.Log(batch + Tiny);
            _slope[k] = m / (batch + Tiny);
            common += _slope[k] * batch;
        }
        // dF/d(mean p)_k, then through the mean and the softmax.
        for (int k = 0; k < _classes; k++) _slope[k] = _inverse[k] / sum * (_slope[k] - common);
        for (int j = 0; j < n; j++)
        {
            Softmax.Row(logits.Slice(j * _classes, _classes), p);
            double dot = 0;
            for (int k = 0; k < _classes; k++) dot += p[k] * _slope[k];
            Span<float> g = gradient.Slice(j * _classes, _classes);
            for (int k = 0; k < _classes; k++) g[k] += (float)(weight / n * p[k] * (_slope[k] - dot));
        }
        return value;
    }
}
