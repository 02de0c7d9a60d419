using System.Diagnostics;
using Llkd.Cli.Tests.Support;

namespace Llkd.Cli.Tests.Resume;

/// <summary>However a run is ended, the same command finishes it with the same labels and bit-identical weights.</summary>
public sealed class InterruptedRunTests(HelpdeskRun helpdesk, ITestOutputHelper output) : IClassFixture<HelpdeskRun>
{
    private const int Kills = 30, KillsOfARun = 10, KillsOfLabelling = 4;

    [Fact]
    public void Killed_at_thirty_random_moments_it_comes_to_the_same()
    {
        int seed = Environment.TickCount & 0xFFFF;
        output.WriteLine($"Seed {seed}.");
        var random = new Random(seed);
        int kills = 0;
        var moments = new SortedDictionary<string, int>(StringComparer.Ordinal);
        // Several runs, as each is labelled but once; a few kills of each go to labelling, the others to training.
        for (int round = 1; kills < Kills; round++)
        {
            string folder = $"killed-{round}";
            int killsOfThis = 0;
            while (true)
            {
                using LlkdProcess process = helpdesk.Start(folder);
                if (kills < round * KillsOfARun && RandomMoment(process, folder, random, killsOfThis < KillsOfLabelling) is { } moment)
                {
                    process.Kill();
                    kills++;
                    killsOfThis++;
                    moments[moment] = moments.GetValueOrDefault(moment) + 1;
                    continue;
                }
                process.Wait().Succeeds();
                break;
            }
            helpdesk.RequireSame(folder);
        }
        foreach ((string moment, int count) in moments) output.WriteLine($"{count} kills {moment}.");
        // Otherwise the machine was so fast or slow that the test has tested something else.
        Assert.True(moments.GetValueOrDefault("while training") >= 5 && moments.GetValueOrDefault("while labelling") >= 1, string.Join(", ", moments));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(200)]
    [InlineData(360)]
    public void Killed_after_a_given_step_it_goes_on_from_either_checkpoint(long step)
    {
        string folder = $"step-{step}";
        using (LlkdProcess process = helpdesk.Start(folder))
        {
            Until(process, () => helpdesk.NewestStep(folder) >= step);
            process.Kill();
        }
        string[] kept = [.. Directory.GetDirectories(helpdesk.Path(folder + "/checkpoints"), "step-*").Order(StringComparer.Ordinal)];
        if (kept.Length > 1 && step % 2 == 0) Directory.Delete(kept[^1], recursive: true);
        helpdesk.Run(folder).Succeeds();
        helpdesk.RequireSame(folder);
    }

    [Fact]
    public void Interrupted_while_training_it_ends_with_130_says_how_to_go_on_and_comes_to_the_same()
    {
        using (LlkdProcess process = helpdesk.Start("interrupted"))
        {
            Until(process, () => helpdesk.NewestStep("interrupted") >= 100);
            process.Interrupt();
            process.Wait().Says(130, "run the same command again");
        }
        helpdesk.Run("interrupted").Succeeds();
        helpdesk.RequireSame("interrupted");
    }

    [Fact]
    public void Interrupted_while_labelling_it_keeps_the_labels_there_are()
    {
        using (LlkdProcess process = helpdesk.Start("interrupted-early"))
        {
            Until(process, () => Labelling("interrupted-early"));
            process.Interrupt();
            process.Wait().Says(130, "run the same command again");
        }
        helpdesk.Run("interrupted-early").Says(0);
        helpdesk.RequireSame("interrupted-early");
    }

    [Fact]
    public void Interrupted_after_restart_it_says_to_leave_the_option_away()
    {
        using LlkdProcess process = helpdesk.Start("restarted", "--restart");
        Until(process, () => helpdesk.NewestStep("restarted") >= 10);
        process.Interrupt();
        process.Wait().Says(130, "without --restart");
    }

    /// <summary>Waits for a random moment of the start, of labelling or of training; null where the run ended before it.</summary>
    private string? RandomMoment(LlkdProcess process, string folder, Random random, bool early)
    {
        long before = helpdesk.NewestStep(folder);
        if (random.Next(5) == 0) Thread.Sleep(random.Next(600));
        else if (before < 0 && early)
        {
            Wait(process, () => Labelling(folder));
            Thread.Sleep(random.Next(100));
        }
        else
        {
            Wait(process, () => helpdesk.NewestStep(folder) > before);
            Thread.Sleep(random.Next(400));
        }
        if (process.HasExited) return null;
        return helpdesk.NewestStep(folder) >= 0 ? "while training" : Labelling(folder) ? "while labelling" : "at the start";
    }

    /// <summary>The journal has its tables: SQLite's log has grown beyond its header.</summary>
    private bool Labelling(string folder) => new FileInfo(helpdesk.Path(folder + "/labels.db-wal")) is { Exists: true, Length: > 4096 };

    private static void Wait(LlkdProcess process, Func<bool> condition)
    {
        while (!process.HasExited && !condition()) Thread.Sleep(5);
    }

    private static void Until(LlkdProcess process, Func<bool> condition)
    {
        long started = Stopwatch.GetTimestamp();
        Wait(process, condition);
        if (process.HasExited) Assert.Fail($"The run ended by itself after {Stopwatch.GetElapsedTime(started)}: {process.Wait().Error}");
    }
}
