using System.Diagnostics;
using Llkd.Cli.Pipeline;
using Llkd.Cli.Terminal;
using Llkd.Documents;
using Llkd.Students.Training;

namespace Llkd.Cli.Commands;

/// <summary>Answers rows in batches: the row's own cells, then `predicted`, `confidence` and, where asked for, one p_&lt;label&gt; a label.</summary>
internal sealed class Predictor(TextScorer scorer, bool withProbabilities)
{
    /// <summary>Texts scored at once.</summary>
    private const int Batch = 256;

    private readonly List<TextRow> _batch = new(Batch);

    /// <summary>The columns added to a row.</summary>
    public IReadOnlyList<TableColumn> Added { get; } =
    [
        new("predicted"), new("confidence", TableColumnKind.Number),
        .. withProbabilities ? scorer.Labels.Select(label => new TableColumn("p_" + label, TableColumnKind.Number)) : [],
    ];

    /// <summary>Rows written.</summary>
    public long Written { get; private set; }

    /// <summary>Rows without a text, whose added columns are left empty.</summary>
    public long WithoutText { get; private set; }

    /// <summary>The first row without a text.</summary>
    public long FirstWithoutText { get; private set; }

    /// <summary>Takes over what an earlier process has answered.</summary>
    public void GoOnFrom(PartialRecord record) => (Written, WithoutText, FirstWithoutText) = (record.Rows, record.WithoutText, record.FirstWithoutText);

    /// <summary>Answers all rows.</summary>
    /// <param name="feed">The rows.</param>
    /// <param name="writer">Where they go; completed at the end, and flushed after each batch.</param>
    /// <param name="patience">How long a row may wait for others to fill its batch; null: as long as it takes.</param>
    /// <param name="line">Progress; may be null.</param>
    /// <param name="partial">Is told how far the work is; may be null.</param>
    /// <param name="cancellationToken">Ends the work between two batches or while it waits for a row.</param>
    public void Run(
        TextFeed feed, TableWriter writer, TimeSpan? patience, IProgressLine? line, PartialOutput? partial, CancellationToken cancellationToken)
    {
        long first = 0, earlier = Written;
        while (!feed.Ended)
        {
            bool came = feed.TryTake(out TextRow row, Left(patience, first), cancellationToken);
            if (came)
            {
                if (_batch.Count == 0) first = Stopwatch.GetTimestamp();
                _batch.Add(row);
                if (_batch.Count < Batch) continue;
            }
            Answer(writer);
            partial?.Report(Written, WithoutText, FirstWithoutText);
            // What an earlier process did would make this one's rate look better than it is.
            line?.Report(Written - earlier, feed.Ended ? Written - earlier : feed.Total(Written) - earlier);
        }
        Answer(writer);
        line?.Report(Written - earlier, Written - earlier);
        // What came before a damaged row is answered, where answers are not kept back for a whole file.
        feed.ThrowIfFailed();
        writer.Complete();
    }

    private TimeSpan Left(TimeSpan? patience, long first)
    {
        if (_batch.Count == 0 || patience is null) return Timeout.InfiniteTimeSpan;
        TimeSpan left = patience.Value - Stopwatch.GetElapsedTime(first);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private void Answer(TableWriter writer)
    {
        if (_batch.Count == 0) return;
        string[] texts = [.. _batch.Where(row => row.Text is not null).Select(row => row.Text!)];
        float[] scores = texts.Length > 0 ? scorer.Score(texts) : [];
        IReadOnlyList<string> labels = scorer.Labels;
        (int[] predicted, float[] confidences) = Predictions.From(scores, labels.Count);
        int scored = 0;
        foreach (TextRow row in _batch)
        {
            var answer = new TableCell[Added.Count];
            if (row.Text is null) CountWithoutText(row);
            else
            {
                answer[0] = TableCell.Of(labels[predicted[scored]]);
                answer[1] = TableCell.Of(confidences[scored]);
                if (withProbabilities)
                    for (int k = 0; k < labels.Count; k++) answer[2 + k] = TableCell.Of(scores[scored * labels.Count + k]);
                scored++;
            }
            if (row.Keys is null) writer.Write([.. row.Cells, .. answer]);
            else writer.WriteObject([.. row.Keys, .. Added.Select(column => column.Name)], [.. row.Cells, .. answer]);
        }
        writer.Flush();
        Written += _batch.Count;
        _batch.Clear();
    }

    private void CountWithoutText(TextRow row)
    {
        if (WithoutText++ == 0) FirstWithoutText = row.Number;
    }
}
