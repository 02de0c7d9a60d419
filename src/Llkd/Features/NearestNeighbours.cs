namespace Llkd.Features;

/// <summary>A neighbour of a row.</summary>
/// <param name="Row">Which row.</param>
/// <param name="Cosine">Its cosine to the row, in (0, 1].</param>
public readonly record struct Neighbour(int Row, float Cosine);

/// <summary>
/// The K nearest neighbours of every row by cosine, exactly, over an inverted index: a row meets only rows that share a
/// feature with it. Rows without a shared feature are no neighbours, so that a row may have fewer than K.
/// </summary>
public sealed class NearestNeighbours
{
    private readonly Neighbour[][] _neighbours;

    private NearestNeighbours(Neighbour[][] neighbours) => _neighbours = neighbours;

    /// <summary>Neighbours of a row, the nearest first; the lower row wins a tie.</summary>
    public ReadOnlySpan<Neighbour> this[int row] => _neighbours[row];

    /// <summary>Finds them.</summary>
    /// <param name="rows">Rows of length 1 or 0, without negative values, [rows, features].</param>
    /// <param name="count">K, at least 1.</param>
    public static NearestNeighbours Of(SparseRows rows, int count)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var (starts, owners, values) = Invert(rows);
        var neighbours = new Neighbour[rows.Count][];
        var dots = new float[rows.Count];
        var nearest = new PriorityQueue<int, (float Cosine, int Reversed)>(count + 1);
        for (int i = 0; i < rows.Count; i++)
        {
            Array.Clear(dots);
            ReadOnlySpan<int> columns = rows.Columns(i);
            ReadOnlySpan<float> own = rows.Values(i);
            for (int f = 0; f < columns.Length; f++)
            {
                int start = starts[columns[f]], length = starts[columns[f] + 1] - start;
                ReadOnlySpan<int> others = owners.AsSpan(start, length);
                ReadOnlySpan<float> theirs = values.AsSpan(start, length);
                float value = own[f];
                for (int p = 0; p < others.Length; p++) dots[others[p]] += value * theirs[p];
            }
            dots[i] = 0;
            neighbours[i] = Largest(dots, count, nearest);
        }
        return new NearestNeighbours(neighbours);
    }

    /// <summary>Postings of each feature: in which rows it occurs, ascending, and with what value.</summary>
    private static (int[] Starts, int[] Owners, float[] Values) Invert(SparseRows rows)
    {
        var starts = new int[rows.ColumnCount + 1];
        for (int i = 0; i < rows.Count; i++)
            foreach (int column in rows.Columns(i)) starts[column + 1]++;
        for (int c = 0; c < rows.ColumnCount; c++) starts[c + 1] += starts[c];
        int[] next = [.. starts];
        var owners = new int[starts[^1]];
        var values = new float[starts[^1]];
        for (int i = 0; i < rows.Count; i++)
        {
            ReadOnlySpan<int> columns = rows.Columns(i);
            for (int f = 0; f < columns.Length; f++)
            {
                int at = next[columns[f]]++;
                (owners[at], values[at]) = (i, rows.Values(i)[f]);
            }
        }
        return (starts, owners, values);
    }

    private static Neighbour[] Largest(ReadOnlySpan<float> cosines, int count, PriorityQueue<int, (float, int)> nearest)
    {
        float least = 0;
        for (int j = 0; j < cosines.Length; j++)
        {
            if (!(cosines[j] > least)) continue;
            nearest.Enqueue(j, (cosines[j], -j));
            if (nearest.Count <= count) continue;
            nearest.Dequeue();
            nearest.TryPeek(out _, out (float Cosine, int) last);
            least = last.Cosine;
        }
        var found = new Neighbour[nearest.Count];
        for (int at = found.Length - 1; at >= 0; at--)
        {
            nearest.TryDequeue(out int row, out (float Cosine, int) key);
            // Rounding may leave a hair above 1 for two equal rows.
            found[at] = new Neighbour(row, MathF.Min(1, key.Cosine));
        }
        return found;
    }
}
