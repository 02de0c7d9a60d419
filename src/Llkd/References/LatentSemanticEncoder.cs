using System.Globalization;
using Llkd.Features;
using Llkd.Numerics;

namespace Llkd.References;

/// <summary>
/// Latent semantic analysis of the pool itself (Deerwester et al. 1990): TF-IDF vectors projected onto the space that the
/// leading right singular vectors of the pool's TF-IDF span, found by randomised subspace iteration (Halko, Martinsson and
/// Tropp 2011). Cosines do not depend on which basis of that space is taken, so no decomposition follows. It needs no
/// download, and knows only words that occur in two texts of the pool. Deterministic by seed.
/// </summary>
public sealed class LatentSemanticEncoder : ISentenceEncoder
{
    private readonly Tfidf _tfidf;

    /// <summary>The basis, [features, dimension].</summary>
    private readonly float[] _basis;

    private LatentSemanticEncoder(Tfidf tfidf, float[] basis, int dimension) => (_tfidf, _basis, Dimension) = (tfidf, basis, dimension);

    /// <inheritdoc/>
    public string Description => string.Create(CultureInfo.InvariantCulture, $"latent semantic analysis of the pool's TF-IDF, {Dimension} dimensions");

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <summary>Learns the space from a pool.</summary>
    /// <param name="pool">The pool's texts.</param>
    /// <param name="dimension">Dimensions, at least 1; fewer where the pool has fewer texts or features.</param>
    /// <param name="seed">Seed of the start vectors.</param>
    /// <param name="iterations">Iterations, at least 1; more bring the space nearer to the exact one where singular values lie close together.</param>
    /// <exception cref="InputException">No word occurs in two texts of the pool.</exception>
    public static LatentSemanticEncoder Train(PoolFeatures pool, int dimension = 100, int seed = 1, int iterations = 6)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(iterations, 1);
        SparseRows rows = pool.Rows;
        dimension = Math.Min(dimension, Math.Min(rows.Count, rows.ColumnCount));
        if (dimension == 0)
            throw new InputException("No word occurs in two texts of the pool, so no sentence encoder can be learned from it. Give an encoder of another kind, or more texts.");
        var random = new RandomStream(seed, "latent semantic encoder");
        var basis = new float[rows.ColumnCount * dimension];
        for (int i = 0; i < basis.Length; i++) basis[i] = (float)random.NextGaussian();
        var next = new float[basis.Length];
        Span<float> projected = new float[dimension];
        for (int iteration = 0; iteration < iterations; iteration++)
        {
            // next = Xᵀ X basis, a row of X at a time.
            Array.Clear(next);
            for (int i = 0; i < rows.Count; i++)
            {
                Project(rows, i, basis, projected);
                ReadOnlySpan<int> columns = rows.Columns(i);
                ReadOnlySpan<float> values = rows.Values(i);
                for (int f = 0; f < columns.Length; f++) VectorMath.Add(next.AsSpan(columns[f] * dimension, dimension), values[f], projected);
            }
            (basis, next) = (next, basis);
            Orthonormalise(basis, rows.ColumnCount, dimension);
        }
        return new LatentSemanticEncoder(pool.Tfidf, basis, dimension);
    }

    /// <inheritdoc/>
    public float[] Encode(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        SparseRows rows = _tfidf.Transform(texts);
        var vectors = new float[rows.Count * Dimension];
        for (int i = 0; i < rows.Count; i++)
        {
            Span<float> vector = vectors.AsSpan(i * Dimension, Dimension);
            Project(rows, i, _basis, vector);
            float length = MathF.Sqrt(VectorMath.Dot(vector, vector));
            if (length > 1e-6f) VectorMath.Scale(vector, 1 / length);
            else vector.Clear();
        }
        return vectors;
    }

    private static void Project(SparseRows rows, int row, float[] basis, Span<float> projected)
    {
        projected.Clear();
        ReadOnlySpan<int> columns = rows.Columns(row);
        ReadOnlySpan<float> values = rows.Values(row);
        for (int f = 0; f < columns.Length; f++)
            VectorMath.Add(projected, values[f], basis.AsSpan(columns[f] * projected.Length, projected.Length));
    }

    /// <summary>Modified Gram–Schmidt on the columns, twice (Giraud et al. 2005); a column that depends on earlier ones becomes zero.</summary>
    private static void Orthonormalise(float[] matrix, int rowCount, int columnCount)
    {
        var columns = new float[columnCount][];
        for (int c = 0; c < columnCount; c++)
        {
            float[] column = columns[c] = new float[rowCount];
            for (int r = 0; r < rowCount; r++) column[r] = matrix[r * columnCount + c];
            float before = MathF.Sqrt(VectorMath.Dot(column, column));
            for (int pass = 0; pass < 2; pass++)
                for (int other = 0; other < c; other++)
                    VectorMath.Add(column, -VectorMath.Dot(columns[other], column), columns[other]);
            float length = MathF.Sqrt(VectorMath.Dot(column, column));
            VectorMath.Scale(column, length > 1e-5f * before && length > 0 ? 1 / length : 0);
            for (int r = 0; r < rowCount; r++) matrix[r * columnCount + c] = column[r];
        }
    }
}
