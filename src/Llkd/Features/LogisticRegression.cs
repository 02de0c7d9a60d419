using Llkd.Numerics;

namespace Llkd.Features;

/// <summary>
/// Multinomial logistic regression over sparse rows: minimises Σ_i CE(t_i, softmax(W x_i + b)) + ‖W‖² / (2C), biases not
/// penalised, by L-BFGS. No randomness: the same input gives the same weights.
/// </summary>
public sealed class LogisticRegression
{
    /// <summary>[features + 1, classes], the biases last.</summary>
    private readonly double[] _weights;

    private LogisticRegression(double[] weights, int classCount, double gradientNorm) =>
        (_weights, ClassCount, GradientNorm) = (weights, classCount, gradientNorm);

    /// <summary>Number of classes.</summary>
    public int ClassCount { get; }

    /// <summary>Largest absolute component of the gradient where the optimiser stopped.</summary>
    public double GradientNorm { get; }

    /// <summary>Trains.</summary>
    /// <param name="rows">Features, [rows, features].</param>
    /// <param name="samples">Rows to train on.</param>
    /// <param name="targets">Target distributions, row-major [samples, classes].</param>
    /// <param name="classCount">Number of classes.</param>
    /// <param name="inversePenalty">C, above 0.</param>
    /// <param name="tolerance">Stops where no component of the gradient is larger than this times the number of samples.</param>
    /// <param name="iterations">Most iterations.</param>
    public static LogisticRegression Train(
        SparseRows rows, int[] samples, float[] targets, int classCount,
        double inversePenalty = 1, double tolerance = 1e-5, int iterations = 500)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inversePenalty);
        if (targets.Length != samples.Length * classCount) throw new ArgumentException("Targets are not [samples, classes].", nameof(targets));
        var p = new double[classCount];
        (double[] weights, double norm) = Lbfgs.Minimise(
            (point, gradient) => Loss(rows, samples, targets, 1 / inversePenalty, point, gradient, p),
            (rows.ColumnCount + 1) * classCount, tolerance * samples.Length, iterations);
        return new LogisticRegression(weights, classCount, norm);
    }

    /// <summary>The distribution of a row, [classes].</summary>
    public void Predict(SparseRows rows, int row, Span<float> distribution)
    {
        ArgumentNullException.ThrowIfNull(rows);
        Span<double> p = ClassCount <= 256 ? stackalloc double[ClassCount] : new double[ClassCount];
        Distribution(rows, row, _weights, p);
        for (int k = 0; k < p.Length; k++) distribution[k] = (float)p[k];
    }

    /// <summary>The objective and its gradient at weights [features + 1, classes].</summary>
    internal static double Loss(
        SparseRows rows, ReadOnlySpan<int> samples, ReadOnlySpan<float> targets, double penalty,
        ReadOnlySpan<double> weights, Span<double> gradient, Span<double> p)
    {
        int classes = p.Length, biases = weights.Length - classes;
        double loss = penalty / 2 * VectorMath.Dot(weights[..biases], weights[..biases]);
        gradient.Clear();
        VectorMath.Add(gradient[..biases], penalty, weights[..biases]);
        for (int i = 0; i < samples.Length; i++)
        {
            Distribution(rows, samples[i], weights, p);
            ReadOnlySpan<float> target = targets.Slice(i * classes, classes);
            for (int k = 0; k < classes; k++)
            {
                if (target[k] > 0) loss -= target[k] * Math.Log(Math.Max(p[k], 1e-300));
                p[k] -= target[k];
            }
            ReadOnlySpan<int> columns = rows.Columns(samples[i]);
            ReadOnlySpan<float> values = rows.Values(samples[i]);
            for (int f = 0; f < columns.Length; f++) VectorMath.Add(gradient.Slice(columns[f] * classes, classes), values[f], p);
            VectorMath.Add(gradient[biases..], 1, p);
        }
        return loss;
    }

    private static void Distribution(SparseRows rows, int row, ReadOnlySpan<double> weights, Span<double> p)
    {
        weights[^p.Length..].CopyTo(p);
        ReadOnlySpan<int> columns = rows.Columns(row);
        ReadOnlySpan<float> values = rows.Values(row);
        for (int f = 0; f < columns.Length; f++) VectorMath.Add(p, values[f], weights.Slice(columns[f] * p.Length, p.Length));
        double max = double.NegativeInfinity, sum = 0;
        foreach (double z in p) max = Math.Max(max, z);
        for (int k = 0; k < p.Length; k++) sum += p[k] = Math.Exp(p[k] - max);
        for (int k = 0; k < p.Length; k++) p[k] /= sum;
    }
}
