using Llkd.Documents;
using Llkd.Labels;
using Llkd.Teachers.Calls;
using Microsoft.Data.Sqlite;
using static Llkd.Teachers.Tests.TestData;

namespace Llkd.Teachers.Tests;

public sealed class LabelJournalTests : IDisposable
{
    private static readonly string[] Labels = ["a", "b", "c"];
    private static readonly TeacherFingerprint First = new("""{"kind":"first"}"""), Second = new("""{"kind":"second"}""");
    private readonly Folder _folder = new();

    private string Path => _folder.File("labels.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_appended_is_read_back_after_reopening()
    {
        TeacherLabel label = new(DocumentKey.Of("x"), [0.1f, 0.7f, 0.2f], "I say b: ü 🙂", 12, 3);
        TeacherLabel failure = new(DocumentKey.Of("y"), null, "mumble", 5, 6, "unreadable reply");
        using (LabelJournal journal = Open())
            Assert.Equal(2, journal.Append(First, [label, failure], seconds: 1.5));

        using LabelJournal again = Open();
        TeacherLabel[] read = [.. again.Read(First)];
        Assert.Equal([label.Key, failure.Key], read.Select(answer => answer.Key));
        Assert.Equal<float>(label.Distribution!, read[0].Distribution!);
        Assert.Equal(label with { Distribution = null }, read[0] with { Distribution = null });
        Assert.Equal(failure, read[1]);
        Assert.Equal([label.Key], again.Labelled(First));
        Assert.Equal((1, 1), (again.CountLabelled(First), again.CountFailed(First)));
        Assert.Equal(1, again.FailuresByReason(First)["unreadable reply"]);
        Assert.Equal(new JournalSpending(2, 2, 2, 17, 9, 1.5), again.Spending(First));
    }

    [Fact]
    public void Teachers_do_not_mix()
    {
        using LabelJournal journal = Open();
        journal.Append(First, [Label("x", 0)]);
        journal.Append(Second, [Label("x", 1), Label("y", 2)]);
        Assert.Equal(1, journal.CountLabelled(First));
        Assert.Equal(2, journal.CountLabelled(Second));
        Assert.True(journal.TryGet(First, DocumentKey.Of("x"), out TeacherLabel? answer));
        Assert.Equal(1, answer.Distribution![0]);
        Assert.False(journal.TryGet(First, DocumentKey.Of("y"), out _));
        Assert.Empty(journal.Read(new TeacherFingerprint("{}")));
        Assert.Equal(default, journal.Spending(new TeacherFingerprint("{}")));
    }

    [Fact]
    public void A_label_is_never_overwritten_and_a_failure_is_replaced()
    {
        using LabelJournal journal = Open();
        Assert.Equal(1, journal.Append(First, [Failure("x", "slow")]));
        Assert.Equal(1, journal.Append(First, [Failure("x", "lost")]));
        Assert.Equal(1, journal.FailuresByReason(First)["lost"]);
        Assert.Equal(1, journal.Append(First, [Label("x", 1)]));
        Assert.Equal(0, journal.Append(First, [Failure("x", "slow"), Label("x", 2)]));

        TeacherLabel only = Assert.Single(journal.Read(First));
        Assert.Equal([0f, 1f, 0f], only.Distribution!);
        Assert.Null(only.Failure);
        JournalSpending spending = journal.Spending(First);
        Assert.Equal((5, 3, 2), (spending.Answers, spending.Rows, spending.PaidTwice));
        Assert.Equal(5 * 10, spending.PromptTokens);
    }

    [Fact]
    public void Spending_adds_up_over_sessions()
    {
        for (int session = 0; session < 3; session++)
        {
            using LabelJournal journal = Open();
            journal.Append(First, [Label($"text {session}", 0)], asked: 4, seconds: 0.25);
            journal.Append(First, [], asked: 1, seconds: 0.25);
        }
        using LabelJournal last = Open();
        JournalSpending spending = last.Spending(First);
        Assert.Equal(new JournalSpending(15, 3, 3, 30, 6, 1.5), spending);
        Assert.Equal(12, spending.Unanswered);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2000)]
    [InlineData(2500)]
    public void Many_rows_are_read_in_pages_in_the_order_they_were_made(int count)
    {
        using LabelJournal journal = Open();
        string[] texts = [.. Enumerable.Range(0, count).Select(i => $"text {i}")];
        foreach (string[] chunk in texts.Chunk(700))
        {
            journal.Append(First, [.. chunk.Select(text => Label(text, 0))]);
            journal.Append(Second, [.. chunk.Select(text => Label(text, 1))]);
        }
        Assert.Equal(texts.Select(DocumentKey.Of), journal.Read(First).Select(answer => answer.Key));
        Assert.Equal(texts.Select(DocumentKey.Of), Shown(journal, First).Select(label => label.Key));
    }

    [Fact]
    public void Labels_are_shown_as_they_were_appended_and_failures_are_not()
    {
        using LabelJournal journal = Open();
        float[] odd = [float.Epsilon, 1f - 1e-7f, 1e-7f];
        journal.Append(First, [Label("x", 2), new TeacherLabel(DocumentKey.Of("y"), null, Failure: "no answer"), new TeacherLabel(DocumentKey.Of("z"), odd)]);
        journal.Append(Second, [Label("w", 1)]);
        List<(DocumentKey Key, float[] Distribution)> shown = Shown(journal, First);
        Assert.Equal([DocumentKey.Of("x"), DocumentKey.Of("z")], shown.Select(label => label.Key));
        Assert.Equal(Label("x", 2).Distribution!, shown[0].Distribution);
        Assert.Equal(odd, shown[1].Distribution);
    }

    [Fact]
    public void An_insert_that_fails_leaves_the_journal_usable()
    {
        using LabelJournal journal = Open();
        journal.Append(First, [Label("x", 0)]);
        using (var other = new SqliteConnection($"Data Source={Path};Pooling=False"))
        {
            other.Open();
            using SqliteCommand command = other.CreateCommand();
            command.CommandText = "CREATE TRIGGER stop BEFORE INSERT ON labels WHEN NEW.reply = 'stop' BEGIN SELECT RAISE(ABORT, 'stopped'); END";
            command.ExecuteNonQuery();
        }
        RunFailedException e = Assert.Throws<RunFailedException>(() => journal.Append(First, [Label("y", 1), new TeacherLabel(DocumentKey.Of("z"), [1, 0, 0], "stop")]));
        Assert.Contains("stopped", e.Message, StringComparison.Ordinal);
        Assert.Equal(1, journal.CountLabelled(First));
        Assert.Equal(1, journal.Append(First, [Label("y", 1)]));
        Assert.Equal(2, journal.CountLabelled(First));
    }

    [Theory]
    [InlineData("UPDATE labels SET distribution = x'0000'")]
    [InlineData("UPDATE labels SET key = x'0000'")]
    public void A_damaged_row_is_refused_by_name(string damage)
    {
        using LabelJournal journal = Open();
        journal.Append(First, [Label("x", 0)]);
        using (var other = new SqliteConnection($"Data Source={Path};Pooling=False"))
        {
            other.Open();
            using SqliteCommand command = other.CreateCommand();
#pragma warning disable CA2100 // The statements stand above.
            command.CommandText = damage;
#pragma warning restore CA2100
            command.ExecuteNonQuery();
        }
        InputException e = Assert.Throws<InputException>(() => Shown(journal, First));
        Assert.StartsWith($"{Path}: the label journal is damaged", e.Message, StringComparison.Ordinal);
    }

    private static List<(DocumentKey Key, float[] Distribution)> Shown(LabelJournal journal, TeacherFingerprint teacher)
    {
        var labels = new List<(DocumentKey, float[])>();
        journal.ReadLabels(teacher, (key, q) => labels.Add((key, q.ToArray())));
        return labels;
    }

    [Fact]
    public void An_answer_that_is_no_distribution_is_refused_and_nothing_of_its_batch_is_kept()
    {
        using LabelJournal journal = Open();
        foreach (float[] wrong in (float[][])[[1, 0], [0.5f, 0.6f, 0], [float.NaN, 1, 0], [-0.5f, 1, 0.5f]])
            Assert.Throws<ArgumentException>(() => journal.Append(First, [Label("x", 0), new TeacherLabel(DocumentKey.Of("y"), wrong)]));
        Assert.Throws<ArgumentException>(() => journal.Append(First, [new TeacherLabel(DocumentKey.Of("y"), null)]));
        Assert.Equal(0, journal.CountLabelled(First));
    }

    [Theory]
    [InlineData("other", "a,b,c", "belongs to the task 'task', not to 'other'")]
    [InlineData("task", "a,b", "it has 'c', which the task does not have")]
    [InlineData("task", "a,b,c,d", "it does not have 'd'")]
    [InlineData("task", "a,b,x", "it has 'c', the task has 'x'")]
    [InlineData("task", "c,b,a", "another order")]
    public void A_journal_of_another_task_or_other_labels_is_refused(string task, string labels, string reason)
    {
        using (LabelJournal journal = Open()) journal.Append(First, [Label("x", 0)]);
        InputException e = Assert.Throws<InputException>(() => LabelJournal.Open(Path, task, labels.Split(',')));
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
        Assert.Contains(Path, e.Message, StringComparison.Ordinal);
        using LabelJournal again = Open();
        Assert.Equal(1, again.CountLabelled(First));
    }

    [Fact]
    public void A_newer_schema_is_refused()
    {
        Open().Dispose();
        Execute("UPDATE meta SET value = '3' WHERE key = 'schema'");
        Assert.Contains("newer version", Assert.Throws<InputException>(Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_journal_of_the_first_version_keeps_its_labels_and_takes_new_ones()
    {
        using (LabelJournal journal = Open()) journal.Append(First, [new TeacherLabel(DocumentKey.Of("old"), [1, 0, 0], "A", 7, 1)]);
        Execute("""
            ALTER TABLE labels DROP COLUMN evidence; ALTER TABLE labels DROP COLUMN unseen;
            ALTER TABLE spending DROP COLUMN calls; ALTER TABLE spending DROP COLUMN sent; ALTER TABLE spending DROP COLUMN refused;
            DROP TABLE plans; DROP TABLE calibrations; UPDATE meta SET value = '1' WHERE key = 'schema';
            """);
        using LabelJournal again = Open();
        again.Append(First, [new TeacherLabel(DocumentKey.Of("new"), [0, 1, 0], "B", 5, 1, Evidence: "log-probabilities", Unseen: 0.25f, Calls: 2)]);
        TeacherLabel[] rows = [.. again.Read(First)];
        Assert.Equal(["A", "B"], rows.Select(row => row.RawReply));
        Assert.Equal([(null, null), ("log-probabilities", (float?)0.25f)], rows.Select(row => (row.Evidence, row.Unseen)));
        Assert.Equal((12L, 2L, 0L), (again.Spending(First).PromptTokens, again.Spending(First).Calls, again.Spending(First).Sent));
    }

    [Fact]
    public void Requests_counted_by_a_killed_session_are_found_by_the_next_and_counted_once()
    {
        long Sent() { using LabelJournal journal = Open(); return journal.Spending(First).Sent; }
        string counts = "";
        using (LabelJournal journal = Open())
        {
            ICallLog calls = journal.BeginCalls(First);
            for (int i = 0; i < 5; i++) calls.Sent();
            calls.Refused();
            calls.NotSent();
            journal.Append(First, [new TeacherLabel(DocumentKey.Of("a"), [1, 0, 0], Calls: 1)]);
            // The file as a kill leaves it: the journal has not been told yet.
            counts = journal.Path + ".calls";
            File.Copy(counts, counts + ".copy");
        }
        File.Move(counts + ".copy", counts, overwrite: true);
        Assert.Equal(4, Sent());
        Assert.False(File.Exists(counts));
        Assert.Equal(4, Sent());
        using LabelJournal last = Open();
        Assert.Equal((1L, 1L, 2L), (last.Spending(First).Refused, last.Spending(First).Calls, last.Spending(First).Lost));
        last.BeginCalls(First).Sent();
        last.EndCalls();
        last.BeginCalls(First).Sent();
        last.EndCalls();
        Assert.Equal(6, last.Spending(First).Sent);
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused_and_left_as_it_is()
    {
        string text = string.Concat(Enumerable.Repeat("text,label\n", 1000));
        File.WriteAllText(Path, text);
        Assert.Contains("no SQLite database", Assert.Throws<InputException>(Open).Message, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(Path));
    }

    [Fact]
    public void A_database_of_something_else_is_refused_and_left_as_it_is()
    {
        Execute("CREATE TABLE labels (name TEXT)");
        byte[] before = File.ReadAllBytes(Path);
        Assert.Contains("not a label journal", Assert.Throws<InputException>(Open).Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Path));
    }

    [Fact]
    public void An_empty_file_becomes_a_journal()
    {
        File.WriteAllBytes(Path, []);
        using LabelJournal journal = Open();
        Assert.Equal(1, journal.Append(First, [Label("x", 0)]));
    }

    [Fact]
    public void Damage_anywhere_is_refused_or_does_no_harm()
    {
        using (LabelJournal journal = Open())
            for (int batch = 0; batch < 20; batch++)
                journal.Append(First, [.. Enumerable.Range(0, 100).Select(i => Label($"text {batch} {i}", 0))]);
        byte[] sound = File.ReadAllBytes(Path);
        int refused = 0;
        for (int at = 0; at < sound.Length; at += 4096)
        {
            byte[] damaged = [.. sound];
            damaged.AsSpan(at, Math.Min(512, sound.Length - at)).Fill(0xA5);
            File.WriteAllBytes(Path, damaged);
            try
            {
                using LabelJournal journal = Open();
                Assert.Equal(2000, journal.Read(First).Count());
            }
            catch (InputException e)
            {
                Assert.Contains(Path, e.Message, StringComparison.Ordinal);
                refused++;
            }
        }
        Assert.True(refused > sound.Length / 4096 / 2, $"{refused} of {sound.Length / 4096} refused.");
    }

    [Fact]
    public void A_cut_off_file_is_refused()
    {
        using (LabelJournal journal = Open())
            journal.Append(First, [.. Enumerable.Range(0, 1000).Select(i => Label($"text {i}", 0))]);
        byte[] sound = File.ReadAllBytes(Path);
        File.WriteAllBytes(Path, sound[..(sound.Length / 2)]);
        Assert.Throws<InputException>(Open);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_an_input_error()
    {
        File.WriteAllText(_folder.File("file"), "");
        Assert.Throws<InputException>(() => LabelJournal.Open(_folder.File("file/labels.db"), "task", Labels));
    }

    [Fact]
    public void A_folder_in_the_place_of_the_file_is_an_input_error()
    {
        Directory.CreateDirectory(Path);
        Assert.Throws<InputException>(Open);
    }

    [Fact]
    public void A_second_opening_in_the_same_process_names_the_process()
    {
        using LabelJournal journal = Open();
        RunFailedException e = Assert.Throws<RunFailedException>(Open);
        Assert.Contains($"in use by process {Environment.ProcessId}", e.Message, StringComparison.Ordinal);
    }

    private LabelJournal Open() => LabelJournal.Open(Path, "task", Labels);

    private static TeacherLabel Label(string text, int label)
    {
        var q = new float[Labels.Length];
        q[label] = 1;
        return new TeacherLabel(DocumentKey.Of(text), q, null, 10, 2);
    }

    private static TeacherLabel Failure(string text, string reason) => new(DocumentKey.Of(text), null, null, 10, 2, reason);

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // The tests' own statements.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
