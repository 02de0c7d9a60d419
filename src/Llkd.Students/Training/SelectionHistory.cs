using Llkd.Runs;
using Llkd.Selection;

namespace Llkd.Students.Training;

/// <summary>What was selected over time, for the report; kept in checkpoints, so all of it can be serialised.</summary>
internal sealed class SelectionHistory
{
    /// <summary>Points of the threshold curves, at most about this many.</summary>
    private const int Points = 300;

    /// <summary>Columns and rows of the map.</summary>
    private const int Cells = 20;

    private int[] _cells = [];

    public List<StepPoint> Steps { get; set; } = [];
    public List<EpochPoint> Epochs { get; set; } = [];
    public long[] Offered { get; set; } = [];
    public long[] Selected { get; set; } = [];
    public long GoldKnown { get; set; }
    public long GoldRight { get; set; }
    public long OfferedSincePoint { get; set; }
    public long SelectedSincePoint { get; set; }
    public long[] MapOffered { get; set; } = [];
    public long[] MapSelected { get; set; } = [];

    public void Add(in ScoredBatch batch, BatchSelection selection, SelectionMethod method, int[] gold, long totalSteps, int screenedOut = 0)
    {
        MakeRoom(batch.ClassCount);
        bool scored = batch.StudentDistributions.Length > 0;
        if (scored && MapOffered.Length == 0) (MapOffered, MapSelected) = (new long[Cells * Cells], new long[Cells * Cells]);
        if (_cells.Length < batch.Count) _cells = new int[batch.Count];
        for (int i = 0; i < batch.Count; i++)
        {
            Offered[batch.PseudoLabel(i)]++;
            if (scored) MapOffered[_cells[i] = Cell(batch, i)]++;
        }
        foreach (int i in selection.Positions)
        {
            int label = batch.PseudoLabel(i);
            Selected[label]++;
            if (scored) MapSelected[_cells[i]]++;
            if (gold.Length == 0 || gold[batch.Samples[i]] < 0) continue;
            GoldKnown++;
            if (gold[batch.Samples[i]] == label) GoldRight++;
        }
        OfferedSincePoint += batch.Count + screenedOut;
        SelectedSincePoint += selection.Count;
        long interval = Math.Max(1, totalSteps / Points);
        long done = batch.Step + 1;
        if (done % interval != 0 && done != totalSteps) return;
        Steps.Add(new StepPoint(
            done, Copy(method.TeacherThresholds), Copy(method.StudentThresholds), (double)SelectedSincePoint / OfferedSincePoint));
        OfferedSincePoint = SelectedSincePoint = 0;
    }

    /// <summary>Counts a sample as offered that the method was not shown with the student's scores, or that no batch of the epoch holds.</summary>
    public void TurnDown(int label, int classes)
    {
        MakeRoom(classes);
        Offered[label]++;
    }

    public void EndEpoch(int epoch)
    {
        Epochs.Add(new EpochPoint(
            epoch, (long[])Offered.Clone(), (long[])Selected.Clone(), GoldKnown == 0 ? null : (double)GoldRight / GoldKnown));
        Array.Clear(Offered);
        Array.Clear(Selected);
        GoldKnown = GoldRight = 0;
    }

    public SelectionMap? Map(int classes)
    {
        if (MapOffered.Length == 0) return null;
        double floor = 1.0 / classes;
        return new SelectionMap(
            [.. Enumerable.Range(0, Cells + 1).Select(c => floor + (1 - floor) * c / Cells)],
            [.. Enumerable.Range(0, Cells + 1).Select(r => (double)r / Cells)],
            Rows(MapOffered), Rows(MapSelected));
    }

    private void MakeRoom(int classes)
    {
        if (Offered.Length == 0) (Offered, Selected) = (new long[classes], new long[classes]);
    }

    private static int Cell(in ScoredBatch batch, int position)
    {
        double floor = 1.0 / batch.ClassCount;
        int column = (int)((batch.TeacherConfidence(position) - floor) / (1 - floor) * Cells);
        int row = (int)(Uncertainty.Of(UncertaintyMeasure.Entropy, batch.StudentDistribution(position)) * Cells);
        return Math.Clamp(row, 0, Cells - 1) * Cells + Math.Clamp(column, 0, Cells - 1);
    }

    private static long[][] Rows(long[] cells) => [.. cells.Chunk(Cells)];

    private static float[]? Copy(ReadOnlySpan<float> values) => values.Length == 0 ? null : values.ToArray();
}
