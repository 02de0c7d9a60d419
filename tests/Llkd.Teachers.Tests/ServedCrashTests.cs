using System.Globalization;
using System.Runtime.InteropServices;
using Llkd.Labels;
using Llkd.Teachers.Labeller;
using Llkd.TestServer;

namespace Llkd.Teachers.Tests;

/// <summary>A labeller that is killed while it asks a server; LLKD_KILLS says how often, 300 for the long run.</summary>
public sealed class ServedCrashTests(ITestOutputHelper output)
{
    private static readonly int Kills =
        int.TryParse(Environment.GetEnvironmentVariable("LLKD_KILLS"), NumberStyles.None, CultureInfo.InvariantCulture, out int kills) ? kills : 8;

    /// <summary>So many that the sessions between the kills label a part of them only.</summary>
    private static readonly int Count = Math.Min(2000 + Kills * 500, 100_000);

    private static readonly Dictionary<Llkd.Documents.DocumentKey, string> Texts =
        SampleDocuments.Make(Count).ToDictionary(document => document.Key, document => document.Text);

    /// <summary>Requests in flight at most.</summary>
    private const int Concurrency = 64;

    [Fact]
    public async Task Of_a_run_killed_at_any_moment_no_row_is_lost_swapped_or_doubled_and_what_was_paid_twice_is_what_the_server_saw()
    {
        int seed = Environment.TickCount;
        output.WriteLine($"seed {seed}, {Kills} kills");
        var random = new Random(seed);
        await using ChatServer server = await ChatServer.StartAsync();
        Fault[] faults = [Fault.Busy, Fault.Error, Fault.HalfBody, Fault.WrongJson, Fault.Dropped, Fault.ExtraWords];
        server.Misbehave = (_, number) =>
        {
            var chance = new Random(HashCode.Combine(seed, number));
            return chance.Next(5) == 0 ? faults[chance.Next(faults.Length)] : Fault.None;
        };
        server.Distribution = DistributionOf;
        server.Delay = TimeSpan.FromMilliseconds(20);
        using var folder = new TestData.Folder();
        string path = folder.File("labels.db");
        TeacherFingerprint teacher;
        using (LanguageModelTeacher same = ServedLabels.Teacher(server.Endpoint.ToString())) teacher = same.Fingerprint;
        long kept = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            using var labeller = new LabellerProcess(path, Count, server.Endpoint.ToString());
            Assert.Equal($"held {kept}", await labeller.Output.ReadLineAsync(TestContext.Current.CancellationToken));
            if (kill % 4 != 0) await labeller.Output.ReadLineAsync(TestContext.Current.CancellationToken);
            Task<(int, string Output, string Error)> end = labeller.EndAsync();
            await Task.Delay(random.Next(0, 500), TestContext.Current.CancellationToken);
            labeller.Kill();
            Assert.Equal("", (await end).Error);
            using LabelJournal journal = Open(path);
            long now = CheckRows(journal, teacher);
            Assert.True(now >= kept, $"kill {kill}: {kept} labels were there, {now} are left.");
            kept = now;
        }
        Assert.True(kept < Count, "The kills came too late: everything was labelled before the last of them.");
        using (var labeller = new LabellerProcess(path, Count, server.Endpoint.ToString()))
        {
            (int exitCode, string printed, string error) = await labeller.EndAsync();
            Assert.True(exitCode == 0 && printed.EndsWith("done\n", StringComparison.Ordinal), error);
        }
        // Requests of killed clients may still be arriving.
        for (long seen = -1; seen != server.Received + server.Answered;)
        {
            seen = server.Received + server.Answered;
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
        using LabelJournal last = Open(path);
        kept = CheckRows(last, teacher);
        JournalSpending spent = last.Spending(teacher);
        // Whole answers that the server gave to texts it had answered before: what it is paid twice for.
        long again = server.AnswersByText.Values.Sum(answers => (long)answers - 1);
        // Requests that the server saw, and of whose end the journal knows nothing.
        long lost = server.Received - spent.Refused - spent.Calls;
        output.WriteLine(FormattableString.Invariant(
            $"{kept} labels; server: {server.Received} received, {server.Errors} refused, {server.BrokenOff} broken off, {again} answered again, {lost} in vain; journal: {spent.Sent} sent, {spent.Refused} refused, {spent.Calls} kept, {spent.Lost} lost"));
        Assert.Equal(Count, kept);
        if (OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is (Architecture.X64 or Architecture.Arm64))
        {
            Assert.Equal((server.Received, lost), (spent.Sent, spent.Lost));
            // By the server's own books: answered again, broken off, or refused without the client hearing of it.
            Assert.Equal(again + server.BrokenOff + server.Errors - spent.Refused, spent.Lost);
        }
        // Elsewhere a kill can come between the two system calls that count a request and send its end.
        else Assert.InRange(spent.Sent - server.Received, 0, Kills * Concurrency);
        // A refusal that the kill overtook is lost like any other reply.
        Assert.InRange(server.Errors - spent.Refused, 0, Kills * Concurrency);
        Assert.True(spent.Rows <= spent.Calls && kept == spent.Rows - last.CountFailed(teacher));
    }

    private static LabelJournal Open(string path) => LabelJournal.Open(path, ServedLabels.Task, ServedLabels.Labels);

    private static long CheckRows(LabelJournal journal, TeacherFingerprint teacher)
    {
        var seen = new HashSet<Llkd.Documents.DocumentKey>();
        long labels = 0;
        foreach (TeacherLabel row in journal.Read(teacher))
        {
            if (!seen.Add(row.Key)) Assert.Fail($"{row.Key} is there twice.");
            if (row.Distribution is null) continue;
            labels++;
            double[] expected = DistributionOf(Texts[row.Key]);
            for (int k = 0; k < expected.Length; k++)
                if (!(Math.Abs(expected[k] - row.Distribution[k]) < 1e-4)) Assert.Fail($"{row.Key} has another text's answer.");
        }
        return labels;
    }

    private static double[] DistributionOf(string text)
    {
        int i = int.Parse(text.AsSpan(text.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture);
        double top = 0.5 + i % 4001 / 10000.0;
        double[] q = [(1 - top) / 2, (1 - top) / 2, (1 - top) / 2];
        q[i % 3] = top;
        return q;
    }
}
