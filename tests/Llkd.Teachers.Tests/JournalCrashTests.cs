using System.Globalization;
using Llkd.Documents;
using Llkd.Labels;
using Llkd.Teachers.Labeller;
using static Llkd.Teachers.Tests.TestData;

namespace Llkd.Teachers.Tests;

public sealed class JournalCrashTests(ITestOutputHelper output)
{
    private const int Kills = 24;
    private static readonly TeacherFingerprint Teacher = new KeyTeacher().Fingerprint;

    [Fact]
    public async Task A_labeller_killed_at_any_moment_loses_nothing_it_reported_and_doubles_nothing()
    {
        const int Documents = 600_000;
        int seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        using var folder = new Folder();
        string path = folder.File("labels.db");
        long reported = 0, kept = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            using var labeller = new LabellerProcess(path, Documents, "label");
            Assert.Equal($"held {kept}", await labeller.Output.ReadLineAsync(TestContext.Current.CancellationToken));
            // Three in four while it labels, the others mostly while it finds out what is left to do.
            string? commit = kill % 4 == 0 ? null : await labeller.Output.ReadLineAsync(TestContext.Current.CancellationToken);
            Task<(int, string Output, string)> end = labeller.EndAsync();
            await Task.Delay(random.Next(0, commit is null ? 300 : 100), TestContext.Current.CancellationToken);
            labeller.Kill();
            // A line that was cut off in the middle is no report.
            string[] lines = [.. commit is null ? [] : (string[])[commit], .. (await end).Output.Split('\n')[..^1]];
            Assert.DoesNotContain("done", lines);
            if (lines.Length > 0) reported = kept + long.Parse(lines[^1].AsSpan("committed ".Length), CultureInfo.InvariantCulture);
            using LabelJournal journal = Open(path);
            kept = CheckRows(journal);
            Assert.True(kept >= reported, $"kill {kill}: {reported} labels were reported as committed, {kept} are there.");
            JournalSpending spending = journal.Spending(Teacher);
            Assert.True(spending.Answers >= kept && spending.Rows >= kept);
            Assert.Equal(0, spending.PaidTwice);
        }
        output.WriteLine($"{kept} labels after {Kills} kills");
    }

    [Fact]
    public async Task A_second_process_is_told_who_has_the_journal_and_gets_it_when_the_first_is_killed()
    {
        using var folder = new Folder();
        string path = folder.File("labels.db");
        using var holder = new LabellerProcess(path, 10, "hold");
        Assert.Equal("held 0", await holder.Output.ReadLineAsync(TestContext.Current.CancellationToken));

        using (var second = new LabellerProcess(path, 10, "label"))
        {
            (int exitCode, _, string error) = await second.EndAsync();
            Assert.Equal(1, exitCode);
            Assert.Contains($"RunFailedException: {path}: the label journal is in use by process {holder.Id}.", error, StringComparison.Ordinal);
        }
        holder.Kill();
        await holder.EndAsync();
        using var third = new LabellerProcess(path, 10, "label");
        (int thirdExitCode, string lines, _) = await third.EndAsync();
        Assert.Equal(0, thirdExitCode);
        Assert.EndsWith("done\n", lines, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_ends_the_run_and_the_next_one_goes_on_from_what_is_kept()
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("Needs the file size limit of a Linux shell.");
        const int Documents = 60_000;
        using var folder = new Folder();
        string path = folder.File("labels.db");
        long reported;
        using (var labeller = new LabellerProcess(path, Documents, "label", largestFile: 4096))
        {
            (int exitCode, string lines, string error) = await labeller.EndAsync();
            output.WriteLine(error);
            Assert.Equal(1, exitCode);
            Assert.StartsWith($"RunFailedException: {path}: the disk ", error, StringComparison.Ordinal);
            Assert.Contains("is kept; the same command goes on from there", error, StringComparison.Ordinal);
            reported = long.Parse(lines.Split('\n')[^2].AsSpan("committed ".Length), CultureInfo.InvariantCulture);
        }
        using (LabelJournal journal = Open(path)) Assert.Equal(reported, CheckRows(journal));
        using var next = new LabellerProcess(path, Documents, "label");
        Assert.Equal(0, (await next.EndAsync()).ExitCode);
        using LabelJournal done = Open(path);
        Assert.Equal(SampleDocuments.Make(Documents).Count(document => KeyTeacher.Answer(document.Key).Distribution is not null), CheckRows(done));
    }

    private static LabelJournal Open(string path) => LabelJournal.Open(path, KeyTeacher.Task, KeyTeacher.Labels);

    /// <summary>Sees to it that every row is whole, right and there once; returns how many are labels.</summary>
    private static long CheckRows(LabelJournal journal)
    {
        var seen = new HashSet<DocumentKey>();
        long labels = 0;
        foreach (TeacherLabel row in journal.Read(Teacher))
        {
            TeacherLabel expected = KeyTeacher.Answer(row.Key);
            if (!seen.Add(row.Key)) Assert.Fail($"{row.Key} is there twice.");
            if (expected.Distribution is null != row.Distribution is null
                || !expected.Distribution.AsSpan().SequenceEqual(row.Distribution) || expected.RawReply != row.RawReply)
                Assert.Fail($"{row.Key} has another answer than the teacher gave.");
            if (row.Distribution is not null) labels++;
        }
        Assert.Equal(labels, journal.CountLabelled(Teacher));
        return labels;
    }
}
