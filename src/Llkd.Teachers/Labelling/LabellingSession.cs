using System.Runtime.CompilerServices;
using Llkd.Documents;
using Llkd.Labels;
using Llkd.Teachers.Calls;

namespace Llkd.Teachers;

/// <summary>One session of labelling: takes answers as they come, commits them in batches.</summary>
internal sealed class LabellingSession(
    TeacherFingerprint teacher, LabelJournal journal, long total, IProgress<LabellingProgress>? progress, TimeProvider time)
{
    private readonly List<TeacherLabel> _batch = [];
    private readonly SortedDictionary<string, long> _failed = new(StringComparer.Ordinal);
    private readonly long _started = time.GetTimestamp();
    private TimeSpan _accounted;

    /// <summary>A commit that failed is not tried again on the way out, where its error would hide the first.</summary>
    private bool _commitFailed;

    private long _asked, _askedAccounted, _done, _labelled, _promptTokens, _completionTokens;

    public async Task RunAsync(
        ITeacher labeller, IEnumerable<Document> documents, int batchAnswers, TimeSpan longestWait, CancellationToken cancellationToken)
    {
        IAsyncEnumerable<Document> handed = Hand(documents, cancellationToken);
        IAsyncEnumerator<TeacherLabel> answers = (labeller is ICallingTeacher calling
            ? calling.LabelAsync(handed, journal.BeginCalls(teacher), cancellationToken)
            : labeller.LabelAsync(handed, cancellationToken)).GetAsyncEnumerator(cancellationToken);
        try
        {
            long oldest = 0;
            while (true)
            {
                ValueTask<bool> next = answers.MoveNextAsync();
                bool more;
                if (next.IsCompleted) more = await next.ConfigureAwait(false);
                else
                {
                    // The answers in hand must not wait for a slow one.
                    Task<bool> pending = next.AsTask();
                    if (_batch.Count > 0)
                    {
                        TimeSpan left = longestWait - time.GetElapsedTime(oldest);
                        if (left > TimeSpan.Zero) await Wait(pending, left).ConfigureAwait(false);
                        if (!pending.IsCompleted) await CommitBeside(pending).ConfigureAwait(false);
                    }
                    more = await pending.ConfigureAwait(false);
                }
                if (!more) break;
                if (_batch.Count == 0) oldest = time.GetTimestamp();
                _batch.Add(answers.Current);
                if (_batch.Count >= batchAnswers || time.GetElapsedTime(oldest) >= longestWait) Commit();
            }
        }
        finally
        {
            try
            {
                Commit();
            }
            finally
            {
                await answers.DisposeAsync().ConfigureAwait(false);
                journal.EndCalls();
            }
        }
    }

    public LabellingSummary Summarise(long alreadyThere) => new()
    {
        AlreadyThere = alreadyThere,
        Asked = _asked,
        Labelled = _labelled,
        Failed = _failed,
        Seconds = _accounted.TotalSeconds,
    };

    private async IAsyncEnumerable<Document> Hand(
        IEnumerable<Document> documents, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (Document document in documents)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Interlocked.Increment(ref _asked);
            yield return document;
        }
        await Task.CompletedTask.ConfigureAwait(false);
    }

    private async Task Wait(Task pending, TimeSpan left)
    {
        using var stop = new CancellationTokenSource();
        await Task.WhenAny(pending, Task.Delay(left, time, stop.Token)).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
    }

    /// <summary>Commits while the teacher works; if that fails, its answer is waited for all the same, as an enumerator must not be left in mid-move.</summary>
    private async Task CommitBeside(Task pending)
    {
        try
        {
            Commit();
        }
        catch
        {
            await pending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    private void Commit()
    {
        long asked = Interlocked.Read(ref _asked);
        if (_commitFailed || (_batch.Count == 0 && asked == _askedAccounted)) return;
        TeacherLabel[] answers = [.. _batch];
        _batch.Clear();
        TimeSpan elapsed = time.GetElapsedTime(_started);
        _commitFailed = true;
        journal.Append(teacher, answers, asked - _askedAccounted, (elapsed - _accounted).TotalSeconds);
        _commitFailed = false;
        (_accounted, _askedAccounted) = (elapsed, asked);
        foreach (TeacherLabel answer in answers)
        {
            if (answer.Distribution is not null) _labelled++;
            else _failed[answer.Failure!] = _failed.GetValueOrDefault(answer.Failure!) + 1;
            _promptTokens += answer.PromptTokens;
            _completionTokens += answer.CompletionTokens;
        }
        _done += answers.Length;
        progress?.Report(new LabellingProgress(total, _done, _done - _labelled, _promptTokens, _completionTokens, elapsed));
    }
}
