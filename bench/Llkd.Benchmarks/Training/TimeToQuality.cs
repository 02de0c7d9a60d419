using System.Diagnostics;
using System.Globalization;
using Llkd.Runs;
using Llkd.Students;
using Llkd.Students.Training;
using Llkd.Students.Transformer;

namespace Llkd.Benchmarks.Training;

/// <summary>
/// `time-to-quality [seeds] [epochs]`: what selection saves. A small transformer from scratch on emotions: how long each method
/// trains until its validation macro F1 reaches the best that No_DS ever has, and how long for the same number of epochs.
/// Evaluations are not counted: how often one looks is no part of a method. The methods take turns, step by step.
/// </summary>
internal static class TimeToQuality
{
    private sealed record Contestant(string Name, string Method, Dictionary<string, string> Options, int Regroup = 0);

    private static readonly Contestant[] Contestants =
    [
        new("No_DS", "no-ds", []),
        new("LLKD", "llkd", new() { ["momentum"] = "0" }),
        new("LLKD, margin", "llkd", new() { ["momentum"] = "0", ["uncertainty"] = "margin" }),
        new("LLKD, teacher-first", "llkd", new() { ["momentum"] = "0", ["scoring"] = "teacher-first" }),
        new("LLKD, regroup 8", "llkd", new() { ["momentum"] = "0" }, 8),
    ];

    public static async Task RunAsync(string[] arguments)
    {
        int seeds = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 3;
        int epochs = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 6;
        int threads = EngineOptions.ThreadsFor(0);
        Emotions emotions = await Emotions.LoadAsync().ConfigureAwait(false);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Environment.ProcessorCount} processors, {threads} threads; {emotions.Texts.Length:N0} texts, {epochs} epochs, batch 64, {seeds} seeds, medians"));
        var runs = Contestants.Select(_ => new List<(double Best, double Reached, double Total, double Share)>()).ToArray();
        for (int seed = 1; seed <= seeds; seed++)
        {
            var turns = new Turns(Contestants.Length);
            var clocks = Contestants.Select((_, c) => new Clock(turns, c)).ToArray();
            var results = new TrainingResult[Contestants.Length];
            // Threads of their own, of which one runs at a time.
            Thread[] contest = [.. Contestants.Select((contestant, c) => new Thread(() =>
            {
                turns.Wait(c);
                using TransformerStudent student = emotions.SmallTransformer(seed, threads);
                results[c] = emotions.Train(
                    student, contestant.Method, contestant.Options,
                    new TrainerSettings { Epochs = epochs, BatchSize = 64, Seed = seed, LearningRate = 0.0005, EvaluationsPerEpoch = 5, Regroup = contestant.Regroup }, clocks[c]);
                turns.Leave(c);
            }))];
            foreach (Thread thread in contest) thread.Start();
            foreach (Thread thread in contest) thread.Join();
            double goal = clocks[0].Points.Max(point => point.F1), whole = clocks[0].Seconds, reached = clocks[0].Points.First(point => point.F1 == goal).Seconds;
            for (int c = 0; c < Contestants.Length; c++)
            {
                (double Seconds, double F1) there = clocks[c].Points.FirstOrDefault(point => point.F1 >= goal, (double.PositiveInfinity, 0));
                runs[c].Add((clocks[c].Points.Max(point => point.F1), there.Seconds / reached, clocks[c].Seconds / whole, (double)results[c].Seen / results[c].Offered));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"  seed {seed}, {Contestants[c].Name}: {clocks[c].Seconds:0} s; F1 {string.Join(' ', clocks[c].Points.Select(point => point.F1.ToString("0.000", CultureInfo.InvariantCulture)))}"));
            }
        }
        Console.WriteLine($"  {"",-22} {"best F1",8} {"time to No_DS's best",21} {"time, same epochs",18} {"share",7}");
        for (int c = 0; c < Contestants.Length; c++)
        {
            // Never is the longest time.
            int missed = runs[c].Count(run => double.IsInfinity(run.Reached));
            double median = TrainingStep.Median(runs[c].Select(run => run.Reached));
            string reached = (double.IsInfinity(median) ? "never" : median.ToString("0.00", CultureInfo.InvariantCulture)) + (missed > 0 ? $" ({missed} never)" : "");
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  {Contestants[c].Name,-22} {TrainingStep.Median(runs[c].Select(run => run.Best)),8:0.000} {reached,21} {TrainingStep.Median(runs[c].Select(run => run.Total)),18:0.00} {TrainingStep.Median(runs[c].Select(run => run.Share)),7:0%}"));
        }
    }

    /// <summary>Seconds of a contestant's training steps, without its evaluations and the others' turns.</summary>
    private sealed class Clock(Turns turns, int contestant) : ITrainingObserver
    {
        private long _last = Stopwatch.GetTimestamp();

        public double Seconds { get; private set; }

        public List<(double Seconds, double F1)> Points { get; } = [];

        public void Step(in StepReport step)
        {
            if (step.Step > 1) Seconds += Stopwatch.GetElapsedTime(_last).TotalSeconds;
            turns.Next(contestant);
            turns.Wait(contestant);
            _last = Stopwatch.GetTimestamp();
        }

        public void Evaluated(EvaluationPoint point)
        {
            Points.Add((Seconds, point.MacroF1));
            _last = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>Lets one of several threads run at a time, one step each, so that whatever slows the machine slows all.</summary>
    private sealed class Turns(int count)
    {
        private readonly bool[] _gone = new bool[count];
        private int _now;

        public void Wait(int who)
        {
            lock (_gone)
                while (_now != who) Monitor.Wait(_gone);
        }

        public void Next(int who)
        {
            lock (_gone)
            {
                for (_now = (who + 1) % count; _gone[_now] && _now != who;) _now = (_now + 1) % count;
                Monitor.PulseAll(_gone);
            }
        }

        public void Leave(int who)
        {
            lock (_gone) _gone[who] = true;
            Next(who);
        }
    }
}
