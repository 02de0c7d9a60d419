using System.Diagnostics;
using System.Globalization;
using Llkd.Students;
using Llkd.Students.Transformer;

namespace Llkd.Benchmarks.Training;

/// <summary>
/// Two engines of one network, from small to RoBERTa-base's encoder: scoring 64 texts of emotions, training on them, training
/// on 24; in turns, one after the other in every round. `lanes [rounds]`: passes of a batch side by side against threads within
/// each pass. `precisions [rounds]`: bf16 against fp32.
/// </summary>
internal static class PairedSteps
{
    public static Task LanesAsync(string[] arguments)
    {
        int threads = EngineOptions.ThreadsFor(0);
        return RunAsync(arguments, $"{threads} lanes over that of one lane", new TransformerOptions { Lanes = threads }, new TransformerOptions { Lanes = 1 });
    }

    public static Task PrecisionsAsync(string[] arguments) => RunAsync(
        arguments, "bf16 over that in fp32", new TransformerOptions { Precision = TrainingPrecision.Bf16 }, new TransformerOptions { Precision = TrainingPrecision.Fp32 });

    private static async Task RunAsync(string[] arguments, string what, TransformerOptions first, TransformerOptions second)
    {
        int rounds = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 5;
        Emotions emotions = await Emotions.LoadAsync().ConfigureAwait(false);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} processors, {EngineOptions.ThreadsFor(0)} threads; time of {what}, medians of paired steps in turns"));
        foreach ((int layers, int hidden) in new[] { (2, 128), (4, 256), (6, 384), (6, 768), (12, 768) })
        {
            using TransformerStudent one = Student(emotions, layers, hidden, first), other = Student(emotions, layers, hidden, second);
            MemoryCorpus corpus = MemoryCorpus.Encode(one, emotions.Texts);
            var ratios = new Dictionary<string, List<double>>();
            var random = new Random(1);
            // Quick networks take more turns.
            int turns = rounds * Math.Max(1, 768 * 12 / (layers * hidden) / 4);
            for (int turn = -1; turn < turns; turn++)
            {
                int[] batch = [.. Enumerable.Range(0, 64).Select(_ => random.Next(corpus.Count))];
                foreach ((string name, Action<TransformerStudent> work) in new (string, Action<TransformerStudent>)[]
                {
                    ("score 64", student => student.Score(corpus, batch, new float[batch.Length * emotions.Names.Length])),
                    ("train on 64", student => student.Train(corpus, batch, Whole, 1e-4, Part)),
                    ("train on 24", student => student.Train(corpus, batch.AsSpan(0, 24), Whole, 1e-4, Part)),
                })
                {
                    double ratio = Seconds(work, one) / Seconds(work, other);
                    if (turn < 0) continue;
                    if (!ratios.TryGetValue(name, out List<double>? list)) ratios[name] = list = [];
                    list.Add(ratio);
                }
            }
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  {layers,2} layers x {hidden}: {string.Join(", ", ratios.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {TrainingStep.Median(pair.Value):0.00}")))}"));
        }
    }

    private static TransformerStudent Student(Emotions emotions, int layers, int hidden, TransformerOptions engine) => TransformerStudent.Create(
        emotions.Texts,
        engine with { Layers = layers, Hidden = hidden, Heads = hidden / 32, MaxLength = 64, Vocabulary = 8000, Seed = 1 }, emotions.Names);

    private static double Seconds(Action<TransformerStudent> work, TransformerStudent student)
    {
        long start = Stopwatch.GetTimestamp();
        work(student);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Whole(ReadOnlySpan<float> logits, Span<float> gradient) => throw new UnreachableException("The loss is asked for in parts.");

    private static double Part(ReadOnlySpan<int> rows, ReadOnlySpan<float> logits, Span<float> gradient)
    {
        for (int i = 0; i < gradient.Length; i++) gradient[i] = 0.001f * (i % 3 - 1);
        return 0;
    }
}
