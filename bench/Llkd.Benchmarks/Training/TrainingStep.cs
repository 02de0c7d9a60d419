using System.Diagnostics;
using System.Globalization;
using Llkd.Students;
using Llkd.Students.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Llkd.Benchmarks.Training;

/// <summary>
/// `training-step [threads] [rounds]`: a training step of RoBERTa-base's size, batch 16, lengths 64 and 128, of our engine (in the
/// other precision too, where the processor has both), of the same step written plainly in TorchSharp, and of PyTorch where there
/// is one; and the share that each reaches of the peak of matrix products in its precision. All in turns, one after another in every round.
/// </summary>
internal static class TrainingStep
{
    private const int Batch = 16;

    public static void Run(string[] arguments)
    {
        int threads = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : EngineOptions.ThreadsFor(0);
        int rounds = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 5;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Environment.ProcessorCount} processors, {threads} threads; bf16 on this processor: {(Bf16Probe.HasInstructions() ? $"{Bf16Probe.Gain():0.00} times as fast as fp32" : "no")}"));
        foreach (int length in new[] { 64, 128 }) Measure(threads, rounds, length);
    }

    /// <summary>`steps LENGTH N`: our step N times and nothing else, for a profiler to look at.</summary>
    public static void Repeat(int length, int steps)
    {
        using var ours = new OurStep(new PretrainedOptions { Threads = EngineOptions.ThreadsFor(0) }, Batch, length);
        var times = new List<double>();
        for (int step = 0; step <= steps; step++)
        {
            long start = Stopwatch.GetTimestamp();
            ours.Run();
            if (step > 0) times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"batch {Batch}, length {length}: median {Median(times):0.00}, least {times.Min():0.00} s of {steps} steps, {RobertaSizes.StepOperations(Batch, length) / Median(times) / 1e9:0} GFLOP/s"));
    }

    private static void Measure(int threads, int rounds, int length)
    {
        using var ours = new OurStep(new PretrainedOptions { Threads = threads }, Batch, length);
        using var recomputed = new OurStep(new PretrainedOptions { Threads = threads, Recompute = true }, Batch, length, ours.Network);
        using OurStep? other = Bf16Probe.HasInstructions()
            ? new OurStep(new PretrainedOptions { Threads = threads, Precision = ours.Network.Bf16 ? TrainingPrecision.Fp32 : TrainingPrecision.Bf16 }, Batch, length) : null;
        using var plain = new PlainStep(threads, Batch, length);
        using PyTorchStep? fp32 = PyTorchStep.Start(threads, Batch, length, bf16: false);
        // Without the instructions PyTorch takes minutes a step in bf16.
        using PyTorchStep? bf16 = Bf16Probe.HasInstructions() ? PyTorchStep.Start(threads, Batch, length, bf16: true) : null;
        using Process self = Process.GetCurrentProcess();
        var rivals = new List<(string Name, bool Bf16, Action Step, Process Process, double Operations)>
        {
            ($"this engine, {Named(ours)}", ours.Network.Bf16, ours.Run, self, RobertaSizes.StepOperations(Batch, length)),
            ($"this engine, {Named(ours)}, recompute", ours.Network.Bf16, recomputed.Run, self, RobertaSizes.StepOperations(Batch, length)),
            ("plain TorchSharp", false, plain.Run, self, RobertaSizes.PlainOperations(Batch, length)),
        };
        if (other is not null) rivals.Insert(1, ($"this engine, {Named(other)}", other.Network.Bf16, other.Run, self, RobertaSizes.StepOperations(Batch, length)));
        if (fp32 is not null) rivals.Add(($"PyTorch {fp32.Version} fp32", false, fp32.Run, fp32.Process, RobertaSizes.PlainOperations(Batch, length)));
        if (bf16 is not null) rivals.Add(($"PyTorch {bf16.Version} bf16", true, bf16.Run, bf16.Process, RobertaSizes.PlainOperations(Batch, length)));
        var times = new List<double>[rivals.Count];
        var processor = new List<double>[rivals.Count];
        for (int r = 0; r < times.Length; r++) (times[r], processor[r]) = ([], []);
        // By precision, fp32 first.
        ScalarType[] precisions = other is null ? [ScalarType.Float32] : [ScalarType.Float32, ScalarType.BFloat16];
        List<double>[] peaks = [.. precisions.Select(_ => new List<double>())];
        for (int round = -1; round < rounds; round++)
        {
            for (int precision = 0; precision < precisions.Length; precision++)
            {
                double peak = Peak(threads, precisions[precision]);
                if (round >= 0) peaks[precision].Add(peak);
            }
            for (int r = 0; r < rivals.Count; r++)
            {
                long start = Stopwatch.GetTimestamp();
                double before = Processor(rivals[r].Process);
                rivals[r].Step();
                if (round < 0) continue;
                times[r].Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
                processor[r].Add(Processor(rivals[r].Process) - before);
            }
        }
        double[] matrix = [.. peaks.Select(Median)];
        double own = Median(times[0]);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"batch {Batch}, length {length}, medians of {rounds} rounds in turns; matrix products reach {matrix[0] / 1e9:0} GFLOP/s in fp32{(other is null ? "" : $", {matrix[1] / 1e9:0} in bf16")}"));
        Console.WriteLine($"  {"",-28} {"seconds",8} {"ours / it",10} {"of peak",8} {"processor s",12} {"ours / it",10}");
        for (int r = 0; r < rivals.Count; r++)
        {
            double time = Median(times[r]), used = Median(processor[r]);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  {rivals[r].Name,-28} {time,8:0.00} {own / time,10:0.00} {rivals[r].Operations / time / matrix[rivals[r].Bf16 ? 1 : 0],8:0%} {used,12:0.00} {Median(processor[0]) / used,10:0.00}"));
        }
        if (fp32 is null) Console.WriteLine("  No PyTorch on this machine (Debian: python3-torch and libopenblas0-pthread).");
    }

    private static string Named(OurStep step) => step.Network.Bf16 ? "bf16" : "fp32";

    /// <summary>Seconds of processors that a process has used; other work on the machine lengthens them much less than the clock's.</summary>
    private static double Processor(Process process)
    {
        process.Refresh();
        return process.TotalProcessorTime.TotalSeconds;
    }

    /// <summary>The fastest of several shapes of products, in operations a second.</summary>
    private static double Peak(int threads, ScalarType precision)
    {
        TorchRuntime.UseThreads(threads);
        double best = 0;
        foreach ((int m, int k, int n) in new[] { (1024, 768, 3072), (1024, 1024, 1024), (2048, 2048, 2048), (2048, 768, 3072), (3072, 3072, 3072) })
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor a = randn(m, k, precision), b = randn(k, n, precision);
            for (int repeat = 0; repeat < 3; repeat++)
            {
                long start = Stopwatch.GetTimestamp();
                using Tensor c = mm(a, b);
                best = Math.Max(best, 2.0 * m * k * n / Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
        }
        return best;
    }

    internal static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
