using System.Diagnostics;
using System.Globalization;
using Llkd.Runs;
using Llkd.Students;
using Llkd.Students.Ngram;
using Llkd.Students.Training;
using Llkd.Students.Transformer;

namespace Llkd.Benchmarks.Training;

/// <summary>`ngram-run`: seconds of LLKD with the ngram student. `step-memory [steps]`: resident memory over thousands of transformer steps.</summary>
internal static class LongRuns
{
    /// <summary>16,000 texts, 10 epochs.</summary>
    public static async Task NgramAsync()
    {
        Emotions emotions = await Emotions.LoadAsync().ConfigureAwait(false);
        var times = new List<double>();
        for (int round = 0; round < 5; round++)
        {
            long start = Stopwatch.GetTimestamp();
            using NgramStudent student = emotions.Ngram(round);
            emotions.Train(student, "llkd", new Dictionary<string, string>(), new TrainerSettings { Epochs = 10, BatchSize = 64, Seed = round, LearningRate = 0.01 });
            times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Environment.ProcessorCount} processors: LLKD, ngram student, {emotions.Texts.Length:N0} texts, 10 epochs, with making the vocabulary: median {TrainingStep.Median(times):0.0} s of {times.Count} rounds, on one thread"));
    }

    public static async Task MemoryAsync(string[] arguments)
    {
        int steps = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 5000;
        Emotions emotions = await Emotions.LoadAsync().ConfigureAwait(false);
        int perEpoch = (emotions.Texts.Length + 63) / 64;
        using TransformerStudent student = emotions.SmallTransformer(1, EngineOptions.ThreadsFor(0));
        var memory = new Memory();
        emotions.Train(
            student, "llkd", new Dictionary<string, string> { ["momentum"] = "0" },
            // The first evaluation, which needs memory of its own and keeps the best weights, comes within the first 200 steps.
            new TrainerSettings { Epochs = (steps + perEpoch - 1) / perEpoch, BatchSize = 64, Seed = 1, LearningRate = 0.0005, EvaluationsPerEpoch = 2 }, memory);
        foreach ((long step, double megabytes, double managed) in memory.Points)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  step {step,6:N0}: {megabytes,8:0.0} MB resident, {managed,6:0.0} MB committed by .NET"));
        double first = memory.Points[0].Megabytes, most = memory.Points.Max(point => point.Megabytes), last = memory.Points[^1].Megabytes;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"after step 200: {first:0.0} MB; at most {most / first - 1:+0.0%;-0.0%}, in the end {last / first - 1:+0.0%;-0.0%}"));
    }

    private sealed class Memory : ITrainingObserver
    {
        public List<(long Step, double Megabytes, double Managed)> Points { get; } = [];

        public void Step(in StepReport step)
        {
            if (step.Step != 200 && step.Step % 500 != 0) return;
            GC.Collect();
            using Process process = Process.GetCurrentProcess();
            Points.Add((step.Step, process.WorkingSet64 / 1e6, GC.GetGCMemoryInfo().TotalCommittedBytes / 1e6));
        }

        public void Evaluated(EvaluationPoint point) { }
    }
}
