using System.Diagnostics;
using System.Globalization;
using Llkd.Benchmarks.Training;
using Llkd.Inference;
using Llkd.Students;
using Llkd.Students.Export;
using Llkd.Students.Transformer;

namespace Llkd.Benchmarks.Inference;

/// <summary>
/// `inference`: a model of RoBERTa-base's size in Llkd.Inference against libtorch's eager forward pass (written plainly, as every
/// Python program runs it, and as the trained student scores, which leaves out what its head does not read), and batches by
/// length against padding all to 128. Measured by hand instead of by BenchmarkDotNet, because the rivals must run in
/// turns in one process: a machine that does other work slows both. All run on one thread, and the processor's time is told
/// beside the clock's, as other work lengthens it much less.
/// </summary>
internal static class InferenceTimes
{
    private const int Rounds = 15, BatchRounds = 5;

    public static void Run()
    {
        string root = Directory.CreateTempSubdirectory("llkd-bench-").FullName;
        try
        {
            using TransformerStudent student = RobertaFolder.Create();
            string model = Directory.CreateDirectory(Path.Combine(root, "model")).FullName;
            student.SaveModel(model, ["a", "b", "c"]);
            string[] folders = [.. new[] { Precision.Float32, Precision.Int8 }.Select(precision =>
            {
                string folder = Directory.CreateDirectory(Path.Combine(root, precision.ToString())).FullName;
                ExportedFolder.Write(model, folder, precision);
                return folder;
            })];
            var one = new TextClassifierOptions { Threads = 1 };
            using var floats = TextClassifier.Load(folders[0], one);
            using var integers = TextClassifier.Load(folders[1], one);
            Single(student, floats, integers);
            Batched(integers);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static void Single(TransformerStudent student, TextClassifier floats, TextClassifier integers)
    {
        string text = RobertaFolder.Texts(1, 62).Single();
        MemoryCorpus corpus = MemoryCorpus.Encode(student, [text]);
        var logits = new float[3];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"batch 1, {corpus[0].Length} tokens, median of {Rounds} rounds in turns:"));
        using var plain = new PlainStep(1, 1, corpus[0].Length);
        Time[] times = InTurns(
            Rounds,
            plain.Forward,
            () => student.Score(corpus, [0], logits),
            () => floats.Score([text], logits),
            () => integers.Score([text], logits));
        Report("libtorch eager fp32", times[0], times[0]);
        Report("the trained student", times[1], times[0]);
        Report("Llkd.Inference fp32", times[2], times[0]);
        Report("Llkd.Inference int8", times[3], times[0]);
    }

    private static void Batched(TextClassifier classifier)
    {
        string[] texts = RobertaFolder.Mixed(32);
        string padding = string.Join(' ', Enumerable.Repeat("a", 126));
        var logits = new float[texts.Length * 3];
        // Padding computes as much as a text of that length does.
        string[] padded = [.. Enumerable.Repeat(padding, texts.Length)];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{texts.Length} texts of {texts.Average(t => t.Split(' ').Length + 2):0} tokens on average, int8, median of {BatchRounds} rounds in turns:"));
        Time[] times = InTurns(BatchRounds, () => classifier.Score(padded, logits), () => classifier.Score(texts, logits));
        Report("all padded to 128", times[0], times[0]);
        Report("batches by length", times[1], times[0]);
    }

    private readonly record struct Time(double Clock, double Processor);

    private static Time[] InTurns(int rounds, params Action[] rivals)
    {
        var times = new Time[rivals.Length][];
        for (int r = 0; r < rivals.Length; r++) times[r] = new Time[rounds];
        using var process = Process.GetCurrentProcess();
        for (int round = -1; round < rounds; round++)
        {
            for (int r = 0; r < rivals.Length; r++)
            {
                long start = Stopwatch.GetTimestamp();
                process.Refresh();
                TimeSpan before = process.TotalProcessorTime;
                rivals[r]();
                process.Refresh();
                if (round >= 0)
                    times[r][round] = new Time(Stopwatch.GetElapsedTime(start).TotalMilliseconds, (process.TotalProcessorTime - before).TotalMilliseconds);
            }
        }
        return [.. times.Select(t => new Time(
            t.Select(time => time.Clock).Order().ElementAt(rounds / 2), t.Select(time => time.Processor).Order().ElementAt(rounds / 2)))];
    }

    private static void Report(string name, Time time, Time baseline) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"  {name,-22} clock {time.Clock,8:0.0} ms {baseline.Clock / time.Clock,6:0.00} ×   processor {time.Processor,8:0.0} ms {baseline.Processor / time.Processor,6:0.00} ×"));
}
