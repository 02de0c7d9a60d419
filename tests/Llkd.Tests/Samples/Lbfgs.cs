namespace Llkd.Tests.Samples;

/// <summary>A function to minimise: writes its gradient at a point and returns its value.</summary>
internal delegate double Objective(double[] point, double[] gradient);

/// <summary>Limited-memory BFGS (Nocedal 1980) from the origin, with ten pairs of history and a backtracking line search.</summary>
internal static class Lbfgs
{
    private const int History = 10;

    /// <summary>Minimises a smooth convex function.</summary>
    /// <returns>The point, and the largest absolute component of the gradient there.</returns>
    public static (double[] Point, double GradientNorm) Minimise(Objective objective, int size, double tolerance, int iterations)
    {
        double[] x = new double[size], g = new double[size];
        double value = objective(x, g);
        var pairs = new LinkedList<(double[] S, double[] Y, double Rho)>();
        for (int iteration = 0; iteration < iterations && Largest(g) > tolerance; iteration++)
        {
            double[] direction = Direction(g, pairs);
            double slope = Dot(g, direction);
            double step = pairs.Count == 0 ? Math.Min(1, 1 / Math.Sqrt(Dot(g, g))) : 1;
            double[] next = new double[size], nextG = new double[size];
            double nextValue;
            while (true)
            {
                for (int i = 0; i < size; i++) next[i] = x[i] + step * direction[i];
                nextValue = objective(next, nextG);
                if (nextValue <= value + 1e-4 * step * slope) break;
                step /= 2;
                if (step < 1e-12) return (x, Largest(g)); // rounding stops it: no lower value to be had along the line
            }
            double[] s = new double[size], y = new double[size];
            for (int i = 0; i < size; i++) (s[i], y[i]) = (next[i] - x[i], nextG[i] - g[i]);
            double curvature = Dot(s, y);
            if (curvature > 1e-12)
            {
                pairs.AddFirst((s, y, 1 / curvature));
                if (pairs.Count > History) pairs.RemoveLast();
            }
            (x, g, value) = (next, nextG, nextValue);
        }
        return (x, Largest(g));
    }

    private static double[] Direction(double[] gradient, LinkedList<(double[] S, double[] Y, double Rho)> pairs)
    {
        double[] q = [.. gradient];
        var alphas = new Queue<double>();
        foreach (var (s, y, rho) in pairs)
        {
            double alpha = rho * Dot(s, q);
            alphas.Enqueue(alpha);
            Add(q, -alpha, y);
        }
        if (pairs.First is { } latest)
        {
            double scale = 1 / (latest.Value.Rho * Dot(latest.Value.Y, latest.Value.Y));
            for (int i = 0; i < q.Length; i++) q[i] *= scale;
        }
        var backwards = new Stack<double>(alphas);
        for (var node = pairs.Last; node is not null; node = node.Previous)
            Add(q, backwards.Pop() - node.Value.Rho * Dot(node.Value.Y, q), node.Value.S);
        for (int i = 0; i < q.Length; i++) q[i] = -q[i];
        return q;
    }

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    private static void Add(double[] to, double factor, double[] what)
    {
        for (int i = 0; i < to.Length; i++) to[i] += factor * what[i];
    }

    private static double Largest(double[] values) => values.Max(Math.Abs);
}
