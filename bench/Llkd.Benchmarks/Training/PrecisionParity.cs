using System.Globalization;
using Llkd.Runs;
using Llkd.Students;
using Llkd.Students.Training;
using Llkd.Students.Transformer;

namespace Llkd.Benchmarks.Training;

/// <summary>
/// `precision-parity [seeds] [epochs]`: what bf16 does to quality. A small transformer from scratch on emotions with LLKD, in fp32
/// and in bf16; on a processor without bf16 it is emulated, by rounding in fp32 after every operation of the encoder.
/// </summary>
internal static class PrecisionParity
{
    public static async Task RunAsync(string[] arguments)
    {
        int seeds = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 5;
        int epochs = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 4;
        bool emulated = !Bf16Probe.HasInstructions();
        Emotions emotions = await Emotions.LoadAsync().ConfigureAwait(false);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Environment.ProcessorCount} processors, {(emulated ? "bf16 emulated" : "bf16")}; {emotions.Texts.Length:N0} texts, {epochs} epochs, batch 64; best validation macro F1"));
        var differences = new double[seeds];
        for (int seed = 1; seed <= seeds; seed++)
        {
            double[] best = [.. new[] { TrainingPrecision.Fp32, TrainingPrecision.Bf16 }.Select(precision => Best(emotions, seed, epochs, precision, emulated))];
            differences[seed - 1] = best[1] - best[0];
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  seed {seed}: fp32 {best[0]:0.000}, bf16 {best[1]:0.000}"));
        }
        double mean = differences.Average(), error = Math.Sqrt(differences.Sum(d => (d - mean) * (d - mean)) / (seeds - 1) / seeds);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  bf16 - fp32: {mean:+0.000;-0.000}, standard error of the {seeds} pairs {error:0.000}"));
    }

    private static double Best(Emotions emotions, int seed, int epochs, TrainingPrecision precision, bool emulated)
    {
        using TransformerStudent student = emotions.SmallTransformer(seed, EngineOptions.ThreadsFor(0), precision, emulated);
        TrainingResult result = emotions.Train(
            student, "llkd", new Dictionary<string, string> { ["momentum"] = "0" },
            new TrainerSettings { Epochs = epochs, BatchSize = 64, Seed = seed, LearningRate = 0.0005, EvaluationsPerEpoch = 5 });
        return result.Curve.Max(point => point.MacroF1);
    }
}
