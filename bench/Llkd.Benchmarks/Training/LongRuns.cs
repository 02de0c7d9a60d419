using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Llkd.Runs;
using Llkd.Students;
using Llkd.Students.Ngram;
using Llkd.Students.Training;
using Llkd.Students.Transformer;

namespace Llkd.Benchmarks.Training;

/// <summary>`ngram-run`: seconds of LLKD with the ngram student. `step-memory [steps]`: resident memory over thousands of transformer steps.</summary>
internal static partial class LongRuns
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
        foreach ((long step, double resident, double used) in memory.Points)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  step {step,6:N0}: {resident,8:0.0} MB resident, {used,6:0.0} MB in use"));
        Tell("resident", [.. memory.Points.Select(point => point.Resident)]);
        Tell("in use", [.. memory.Points.Select(point => point.Used)]);

        static void Tell(string what, double[] memory) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what}, from step 200 on: at most {memory.Max() / memory[0] - 1:+0.0%;-0.0%}, in the end {memory[^1] / memory[0] - 1:+0.0%;-0.0%}"));
    }

    private sealed partial class Memory : ITrainingObserver
    {
        /// <summary>Resident memory, and what of it is in use: objects of .NET, and allocations of the C library (glibc's; else 0).</summary>
        public List<(long Step, double Resident, double Used)> Points { get; } = [];

        public void Step(in StepReport step)
        {
            if (step.Step != 200 && step.Step % 500 != 0) return;
            GC.Collect();
            using Process process = Process.GetCurrentProcess();
            Points.Add((step.Step, process.WorkingSet64 / 1e6, (GC.GetTotalMemory(false) + (long)Allocated()) / 1e6));
        }

        public void Evaluated(EvaluationPoint point) { }

        private static nuint Allocated()
        {
            try
            {
                MallocInfo info = MallInfo();
                return info.InUse + info.Mapped;
            }
            catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
            {
                return 0;
            }
        }

        [LibraryImport("libc", EntryPoint = "mallinfo2")]
        private static partial MallocInfo MallInfo();

        /// <summary>glibc's struct mallinfo2.</summary>
        [StructLayout(LayoutKind.Sequential)]
        private readonly struct MallocInfo
        {
            public readonly nuint Arena, FreeChunks, FastChunks, MappedChunks, Mapped, Unused, FastFree, InUse, Free, Top;
        }
    }
}
