namespace Llkd.Features;

/// <summary>Sparse rows one after another (CSR): ascending columns and their values.</summary>
public sealed class SparseRows
{
    private readonly int[] _ends;
    private readonly int[] _columns;
    private readonly float[] _values;

    /// <summary>Takes the arrays over.</summary>
    /// <param name="columnCount">Number of columns.</param>
    /// <param name="ends">Where each row ends, [rows], ascending.</param>
    /// <param name="columns">Columns, ascending within a row, [entries].</param>
    /// <param name="values">Values, [entries].</param>
    public SparseRows(int columnCount, int[] ends, int[] columns, float[] values)
    {
        ArgumentNullException.ThrowIfNull(ends);
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(values);
        int entries = ends.Length == 0 ? 0 : ends[^1];
        if (columns.Length != entries || values.Length != entries)
            throw new ArgumentException("Columns and values are not as many as the rows say.", nameof(ends));
        (ColumnCount, _ends, _columns, _values) = (columnCount, ends, columns, values);
    }

    /// <summary>Number of rows.</summary>
    public int Count => _ends.Length;

    /// <summary>Number of columns.</summary>
    public int ColumnCount { get; }

    /// <summary>Columns of a row, ascending.</summary>
    public ReadOnlySpan<int> Columns(int row) => _columns.AsSpan(Start(row), _ends[row] - Start(row));

    /// <summary>Values of a row, in the order of its columns.</summary>
    public ReadOnlySpan<float> Values(int row) => _values.AsSpan(Start(row), _ends[row] - Start(row));

    private int Start(int row) => row == 0 ? 0 : _ends[row - 1];
}
