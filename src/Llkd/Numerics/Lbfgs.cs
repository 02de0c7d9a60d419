namespace Llkd.Numerics;

/// <summary>A function to minimise: writes its gradient at a point and returns its value.</summary>
public delegate double Objective(ReadOnlySpan<double> point, Span<double> gradient);

/// <summary>
/// Limited-memory BFGS (Nocedal 1980) from the origin, with a backtracking line search (Armijo 1966): for smooth convex
/// functions. Deterministic.
/// </summary>
public static class Lbfgs
{
    /// <summary>Pairs of steps and gradient changes that stand for the curvature.</summary>
    private const int History = 8;

    /// <summary>Minimises a function.</summary>
    /// <param name="objective">The function.</param>
    /// <param name="size">Number of variables.</param>
    /// <param name="tolerance">Stops where no component of the gradient is larger.</param>
    /// <param name="iterations">Most iterations.</param>
    /// <returns>The point, and the largest absolute component of the gradient there.</returns>
    public static (double[] Point, double GradientNorm) Minimise(Objective objective, int size, double tolerance, int iterations)
    {
        ArgumentNullException.ThrowIfNull(objective);
        double[] x = new double[size], g = new double[size], next = new double[size], nextG = new double[size], direction = new double[size];
        var pairs = new List<(double[] S, double[] Y, double Rho)>(History);
        double value = objective(x, g);
        for (int iteration = 0; iteration < iterations && VectorMath.LargestMagnitude(g) > tolerance; iteration++)
        {
            Direct(g, pairs, direction);
            double slope = VectorMath.Dot(g, direction);
            double step = pairs.Count == 0 ? Math.Min(1, 1 / Math.Sqrt(VectorMath.Dot(g, g))) : 1;
            double nextValue;
            while (true)
            {
                x.CopyTo(next, 0);
                VectorMath.Add(next, step, direction);
                nextValue = objective(next, nextG);
                if (nextValue <= value + 1e-4 * step * slope) break;
                step /= 2;
                // Rounding stops it: there is no lower value to be had along the line.
                if (step < 1e-12) return (x, VectorMath.LargestMagnitude(g));
            }
            Remember(pairs, x, next, g, nextG);
            (x, next, g, nextG, value) = (next, x, nextG, g, nextValue);
        }
        return (x, VectorMath.LargestMagnitude(g));
    }

    private static void Remember(List<(double[] S, double[] Y, double Rho)> pairs, double[] x, double[] next, double[] g, double[] nextG)
    {
        // The oldest pair's arrays serve again: with many variables they are most of the memory.
        bool full = pairs.Count == History;
        double[] s = full ? pairs[0].S : new double[x.Length], y = full ? pairs[0].Y : new double[x.Length];
        if (full) pairs.RemoveAt(0);
        next.CopyTo(s, 0);
        VectorMath.Add(s, -1, x);
        nextG.CopyTo(y, 0);
        VectorMath.Add(y, -1, g);
        double curvature = VectorMath.Dot(s, y);
        if (curvature > 1e-12) pairs.Add((s, y, 1 / curvature));
    }

    /// <summary>The two-loop recursion: minus the inverse curvature times the gradient.</summary>
    private static void Direct(double[] gradient, List<(double[] S, double[] Y, double Rho)> pairs, double[] direction)
    {
        Span<double> alphas = stackalloc double[History];
        gradient.CopyTo(direction, 0);
        for (int i = pairs.Count - 1; i >= 0; i--)
        {
            alphas[i] = pairs[i].Rho * VectorMath.Dot(pairs[i].S, direction);
            VectorMath.Add(direction, -alphas[i], pairs[i].Y);
        }
        if (pairs.Count > 0)
            VectorMath.Scale(direction, 1 / (pairs[^1].Rho * VectorMath.Dot(pairs[^1].Y, pairs[^1].Y)));
        for (int i = 0; i < pairs.Count; i++)
            VectorMath.Add(direction, alphas[i] - pairs[i].Rho * VectorMath.Dot(pairs[i].Y, direction), pairs[i].S);
        VectorMath.Scale(direction, -1);
    }
}
