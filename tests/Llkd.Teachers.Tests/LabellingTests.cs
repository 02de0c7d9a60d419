using System.Runtime.CompilerServices;
using Llkd.Documents;
using Llkd.Labels;
using Llkd.Teachers.Calls;
using Llkd.Teachers.Labeller;
using Microsoft.Data.Sqlite;
using static Llkd.Teachers.Tests.TestData;

namespace Llkd.Teachers.Tests;

public sealed class LabellingTests : IDisposable
{
    private static readonly TeacherFingerprint Teacher = new KeyTeacher().Fingerprint;
    private readonly Folder _folder = new();
    private readonly LabelJournal _journal;
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public LabellingTests() => _journal = LabelJournal.Open(_folder.File("labels.db"), KeyTeacher.Task, KeyTeacher.Labels);

    public void Dispose()
    {
        _journal.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Every_text_is_asked_about_once_and_failures_again_in_the_next_session()
    {
        Document[] documents = SampleDocuments.Make(1000);
        Document[] twice = [.. documents, .. documents];
        int failures = documents.Count(document => KeyTeacher.Answer(document.Key).Distribution is null);
        Assert.True(failures > 0);

        var reports = new List<LabellingProgress>();
        LabellingSummary first = await Labelling.RunAsync(new KeyTeacher(), twice, _journal, new Collector(reports), Token);
        Assert.Equal((0, 1000, 1000 - failures), (first.AlreadyThere, first.Asked, first.Labelled));
        Assert.Equal(failures, Assert.Single(first.Failed, pair => pair.Key == "no answer").Value);
        Assert.True(first.Seconds > 0);
        Assert.Equal(1000, reports[^1].Done);
        Assert.All(reports, report => Assert.Equal(1000, report.Total));

        LabellingSummary second = await Labelling.RunAsync(new KeyTeacher(), twice, _journal, cancellationToken: Token);
        Assert.Equal((1000 - failures, failures, 0), (second.AlreadyThere, second.Asked, second.Labelled));
        JournalSpending spending = _journal.Spending(Teacher);
        Assert.Equal((1000 + failures, 0, 0), (spending.Answers, spending.PaidTwice, spending.Unanswered));
        Assert.True(spending.Seconds >= first.Seconds);
    }

    [Theory]
    [InlineData(false, 2048)]
    [InlineData(true, 256)]
    public async Task What_is_reported_is_committed_in_batches_smaller_where_answers_are_paid_for(bool paid, int batch)
    {
        // Another process, which sees what is committed and nothing else.
        using var other = new SqliteConnection($"Data Source={_journal.Path};Mode=ReadOnly;Pooling=False");
        other.Open();
        using SqliteCommand count = other.CreateCommand();
        count.CommandText = "SELECT count(*) FROM labels";
        var reports = new List<(long Done, long Committed)>();
        var collector = new Collector(progress => reports.Add((progress.Done, (long)count.ExecuteScalar()!)));
        ITeacher teacher = paid ? new PaidTeacher() : new KeyTeacher();
        await Labelling.RunAsync(teacher, SampleDocuments.Make(2 * batch + 10), _journal, collector, new StandingTime(), Token);
        Assert.Equal([(batch, batch), (2 * batch, 2 * batch), (2 * batch + 10, 2 * batch + 10)], reports);
    }

    [Theory]
    [InlineData(false, Labelling.BatchAnswers, true)]
    [InlineData(false, Labelling.BatchAnswers + 1, false)]
    [InlineData(true, Labelling.BatchAnswers + 1, true)]
    public async Task Only_a_large_pool_of_a_teacher_that_costs_nothing_is_asked_about_in_the_order_of_keys(bool paid, int count, bool inPoolOrder)
    {
        Document[] documents = [.. SampleDocuments.Make(count), .. SampleDocuments.Make(5)];
        var asked = new List<DocumentKey>();
        ITeacher teacher = paid ? new PaidTeacher(asked.Add) : new PausingTeacher(0, () => { }, told: asked.Add);
        await Labelling.RunAsync(teacher, documents, _journal, cancellationToken: Token);
        IEnumerable<DocumentKey> expected = documents[..count].Select(document => document.Key);
        Assert.Equal(inPoolOrder ? expected : expected.OrderBy(key => key.High), asked);
        Assert.Equal(asked, _journal.Read(Teacher).Select(answer => answer.Key));
    }

    [Fact]
    public async Task A_prototype_teacher_reads_no_further_ahead_than_its_threads_need_and_stops_with_its_taker()
    {
        Tasks.TaskLabel[] labels = [.. KeyTeacher.Labels.Select(name => new Tasks.TaskLabel { Name = name })];
        var teacher = new PrototypeTeacher(labels, []);
        int read = 0;
        await foreach (TeacherLabel first in teacher.LabelAsync(Documents(), Token))
        {
            Assert.Equal(DocumentKey.Of("text 0"), first.Key);
            break;
        }
        Assert.InRange(read, 1, (Environment.ProcessorCount + 1) * 1024);

        async IAsyncEnumerable<Document> Documents()
        {
            for (int i = 0; ; i++)
            {
                read++;
                yield return Document($"text {i}");
                await Task.CompletedTask;
            }
        }
    }

    [Fact]
    public async Task A_prototype_teacher_that_is_cancelled_throws_and_what_had_arrived_is_committed()
    {
        Tasks.TaskLabel[] labels = [.. KeyTeacher.Labels.Select(name => new Tasks.TaskLabel { Name = name })];
        var teacher = new PrototypeTeacher(labels, []);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Labelling.RunAsync(
            teacher, SampleDocuments.Make(30_000), _journal, new Collector(_ => cancel.Cancel()), cancel.Token));
        JournalSpending spending = _journal.Spending(teacher.Fingerprint);
        Assert.InRange(spending.Answers, 1, 29_999);
        Assert.Equal(spending.Answers, _journal.CountLabelled(teacher.Fingerprint));
        Assert.Equal(30_000 - spending.Answers, (await Labelling.RunAsync(teacher, SampleDocuments.Make(30_000), _journal, cancellationToken: Token)).Labelled);
    }

    [Fact]
    public async Task Nothing_to_ask_asks_nothing()
    {
        LabellingSummary summary = await Labelling.RunAsync(new KeyTeacher(), [], _journal, cancellationToken: Token);
        Assert.Equal((0, 0, 0), (summary.AlreadyThere, summary.Asked, summary.Labelled));
        Assert.Equal(default, _journal.Spending(Teacher));
    }

    [Fact]
    public async Task Cancelling_commits_what_has_arrived()
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var teacher = new PausingTeacher(pauseAfter: 100, () => cancel.Cancel());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            Labelling.RunAsync(teacher, SampleDocuments.Make(1000), _journal, cancellationToken: cancel.Token));
        JournalSpending spending = _journal.Spending(Teacher);
        Assert.Equal((100, 101, 1), (spending.Answers, spending.Asked, spending.Unanswered));
        Assert.Equal(100, _journal.CountLabelled(Teacher) + _journal.CountFailed(Teacher));
    }

    [Fact]
    public async Task Answers_are_committed_after_a_second_while_the_next_one_is_slow()
    {
        var committed = new TaskCompletionSource<LabellingProgress>();
        var go = new TaskCompletionSource();
        var teacher = new PausingTeacher(pauseAfter: 3, () => { }, go.Task);
        Task<LabellingSummary> run = Labelling.RunAsync(
            teacher, SampleDocuments.Make(5), _journal, new Collector(progress => committed.TrySetResult(progress)), Token);
        LabellingProgress progress = await committed.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.Equal((5, 3), (progress.Total, progress.Done));
        Assert.Equal(3, _journal.Read(Teacher).Count());
        go.SetResult();
        Assert.Equal(5, (await run).Asked);
    }

    [Fact]
    public async Task A_teacher_that_breaks_down_leaves_its_answers_behind()
    {
        var teacher = new PausingTeacher(pauseAfter: 7, () => throw new RunFailedException("The endpoint is gone."));
        RunFailedException e = await Assert.ThrowsAsync<RunFailedException>(() =>
            Labelling.RunAsync(teacher, SampleDocuments.Make(10), _journal, cancellationToken: Token));
        Assert.Equal("The endpoint is gone.", e.Message);
        Assert.Equal(7, _journal.Read(Teacher).Count());
    }

    [Fact]
    public async Task Collected_labels_are_aligned_to_the_documents()
    {
        Document[] documents = SampleDocuments.Make(300);
        await Labelling.RunAsync(new KeyTeacher(), documents, _journal, cancellationToken: Token);
        Document[] asked = [.. documents.Reverse(), Document("never labelled"), documents[0], Document("never labelled")];
        CollectedLabels collected = Labelling.Collect(_journal, Teacher, asked, 3);

        Assert.Equal(asked.Index().Where(pair => pair.Item.Text == "never labelled" || KeyTeacher.Answer(pair.Item.Key).Distribution is null)
            .Select(pair => pair.Index), collected.Missing);
        foreach ((int i, Document document) in asked.Index())
            Assert.Equal(collected.Missing.Contains(i) ? [0, 0, 0] : KeyTeacher.Answer(document.Key).Distribution!,
                collected.Distributions.AsSpan(i * 3, 3).ToArray());
        PseudoLabels compact = collected.Compact(out int[] kept);
        Assert.Equal(asked.Length - collected.Missing.Count, compact.Count);
        Assert.All(kept.Index(), pair => Assert.Equal((int)(asked[pair.Item].Key.Low % 3), compact.Labels[pair.Index]));
    }

    [Fact]
    public async Task A_prototype_teacher_labels_a_pool_and_a_second_one_like_it_finds_the_labels()
    {
        Document[] examples = [Document("red", 0), Document("green", 1), Document("blue", 2)];
        Tasks.TaskLabel[] labels = [.. KeyTeacher.Labels.Select(name => new Tasks.TaskLabel { Name = name })];
        Document[] pool = [.. Enumerable.Range(0, 3000).Select(i => Document($"{examples[i % 3].Text} thing {i}"))];
        var teacher = new PrototypeTeacher(labels, examples, pool.Select(document => document.Text));
        Assert.Equal(3000, (await Labelling.RunAsync(teacher, pool, _journal, cancellationToken: Token)).Labelled);
        var same = new PrototypeTeacher(labels, examples, pool.Select(document => document.Text));
        Assert.Equal(3000, (await Labelling.RunAsync(same, pool, _journal, cancellationToken: Token)).AlreadyThere);
        PseudoLabels pseudo = Labelling.Collect(_journal, same.Fingerprint, pool, 3).Compact(out _);
        Assert.Equal(Enumerable.Range(0, 3000).Select(i => i % 3), pseudo.Labels.ToArray());
    }

    private sealed class Collector(Action<LabellingProgress> report) : IProgress<LabellingProgress>
    {
        public Collector(List<LabellingProgress> reports) : this(reports.Add) { }
        public void Report(LabellingProgress value) => report(value);
    }

    /// <summary>Answers as <see cref="KeyTeacher"/> does, but does something after so many answers and may then wait.</summary>
    private sealed class PausingTeacher(int pauseAfter, Action pause, Task? wait = null, Action<DocumentKey>? told = null) : ITeacher
    {
        public TeacherFingerprint Fingerprint => Teacher;

        public async IAsyncEnumerable<TeacherLabel> LabelAsync(
            IAsyncEnumerable<Document> documents, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            int answers = 0;
            await foreach (Document document in documents.WithCancellation(cancellationToken))
            {
                told?.Invoke(document.Key);
                if (answers++ == pauseAfter)
                {
                    pause();
                    await (wait ?? Task.CompletedTask);
                    cancellationToken.ThrowIfCancellationRequested();
                }
                yield return KeyTeacher.Answer(document.Key);
            }
        }
    }

    /// <summary>Answers as <see cref="KeyTeacher"/> does, for money.</summary>
    private sealed class PaidTeacher(Action<DocumentKey>? told = null) : ICallingTeacher
    {
        public TeacherFingerprint Fingerprint => Teacher;

        public IAsyncEnumerable<TeacherLabel> LabelAsync(IAsyncEnumerable<Document> documents, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("The calls are to be counted.");

        public async IAsyncEnumerable<TeacherLabel> LabelAsync(
            IAsyncEnumerable<Document> documents, ICallLog calls, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (Document document in documents.WithCancellation(cancellationToken))
            {
                told?.Invoke(document.Key);
                calls.Sent();
                yield return KeyTeacher.Answer(document.Key);
            }
        }
    }

    /// <summary>Time that does not pass, so that no batch is committed for its age.</summary>
    private sealed class StandingTime : TimeProvider
    {
        public override long GetTimestamp() => 0;
    }
}
