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
/// Evaluations are not counted: how often one looks is no part of a method.
/// </summary>
internal static class TimeToQuality
{
    private sealed record Contestant(string Name, string Method, Dictionary<string, string> Options, int Regroup = 0);

    private static readonly Contestant[] Contestants =
    [
        new("No_DS", "no-ds", []),
        new("LLKD", "llkd", new() { ["momentum"] = "0" }),
        new("LLKD, teacher-first", "llkd", new() { ["momentum"] = "0", ["scoring"] = "teacher-first" }),
        new("LLKD, regroup 8", "llkd", new() { ["momentum"] = "0" }, 8),
        new("LLKD, both", "llkd", new() { ["momentum"] = "0", ["scoring"] = "teacher-first" }, 8),
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
            double goal = 0, whole = 0, reached = 0;
            for (int c = 0; c < Contestants.Length; c++)
            {
                Contestant contestant = Contestants[c];
                using TransformerStudent student = emotions.SmallTransformer(seed, threads);
                var clock = new Clock();
                TrainingResult result = emotions.Train(
                    student, contestant.Method, contestant.Options,
                    new TrainerSettings { Epochs = epochs, BatchSize = 64, Seed = seed, LearningRate = 0.0005, EvaluationsPerEpoch = 5, Regroup = contestant.Regroup }, clock);
                double best = clock.Points.Max(point => point.F1);
                if (c == 0) (goal, whole, reached) = (best, clock.Seconds, clock.Points.First(point => point.F1 == best).Seconds);
                (double Seconds, double F1) there = clock.Points.FirstOrDefault(point => point.F1 >= goal, (double.NaN, 0));
                runs[c].Add((best, there.Seconds / reached, clock.Seconds / whole, (double)result.Seen / result.Offered));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"  seed {seed}, {contestant.Name}: {clock.Seconds:0} s; F1 {string.Join(' ', clock.Points.Select(point => point.F1.ToString("0.000", CultureInfo.InvariantCulture)))}"));
            }
        }
        Console.WriteLine($"  {"",-22} {"best F1",8} {"time to No_DS's best",21} {"time, same epochs",18} {"share",7}");
        for (int c = 0; c < Contestants.Length; c++)
        {
            int missed = runs[c].Count(run => double.IsNaN(run.Reached));
            string reached = missed > 0 ? $"not reached in {missed}" : TrainingStep.Median(runs[c].Select(run => run.Reached)).ToString("0.00", CultureInfo.InvariantCulture);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  {Contestants[c].Name,-22} {TrainingStep.Median(runs[c].Select(run => run.Best)),8:0.000} {reached,21} {TrainingStep.Median(runs[c].Select(run => run.Total)),18:0.00} {TrainingStep.Median(runs[c].Select(run => run.Share)),7:0%}"));
        }
    }

    /// <summary>Seconds of training steps, without evaluations.</summary>
    private sealed class Clock : ITrainingObserver
    {
        private long _last = Stopwatch.GetTimestamp();

        public double Seconds { get; private set; }

        public List<(double Seconds, double F1)> Points { get; } = [];

        public void Step(in StepReport step)
        {
            Seconds += Stopwatch.GetElapsedTime(_last).TotalSeconds;
            _last = Stopwatch.GetTimestamp();
        }

        public void Evaluated(EvaluationPoint point)
        {
            Points.Add((Seconds, point.MacroF1));
            _last = Stopwatch.GetTimestamp();
        }
    }
}
