using System.Diagnostics;
using System.Globalization;
using Llkd.Documents;
using Llkd.Tasks;
using Llkd.Teachers.Local;
using Llkd.Teachers.Models;
using Llkd.Teachers.Prompting;
using Llkd.TestModels;

namespace Llkd.Benchmarks;

/// <summary>
/// What it brings that prompts share the keys and values of their beginning (600 tokens before texts of 60), that texts are read
/// together in one run, and that runs go side by side, on a decoder of random weights. The rivals are full prompts, each in one run of
/// the export as it is, and full prompts with all else that this engine does: logits of the last token alone, and runs of 256
/// tokens, which spare a third of attention. The kinds of runs take turns in every round, so that a busy machine slows all of them;
/// medians are printed, of the time and of the processor time, which counts only while a run is given a processor.
/// </summary>
internal static class LocalTeacher
{
    private const int Rounds = 5, SharedTexts = 16, FullTexts = 2, Beginning = 600, Rest = 60;

    private static readonly string[] Labels = ["sadness", "joy", "love", "anger", "fear", "surprise"];

    public static async Task RunAsync()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("llkd-bench-");
        try
        {
            foreach ((string name, AttentionLayout layout, WeightFormat weights, int layers, int width) in new[]
            {
                ("plain operators, 32-bit floats", AttentionLayout.Plain, WeightFormat.Float32, 6, 768),
                ("GroupQueryAttention, 32-bit floats", AttentionLayout.GroupQuery, WeightFormat.Float32, 8, 1024),
                ("GroupQueryAttention, 4-bit weights", AttentionLayout.GroupQuery, WeightFormat.Int4, 8, 1024),
            })
            {
                string path = Path.Combine(folder.FullName, name);
                DecoderShape shape = DecoderFolder.Write(path, TokenizerFamily.Qwen, plain => plain with
                {
                    Vocabulary = 16_384,
                    Layers = layers,
                    Hidden = width,
                    Heads = width / 64,
                    KeyValueHeads = 4,
                    HeadSize = 64,
                    Inner = width * 11 / 4,
                    Layout = layout,
                    Weights = weights,
                    PositionIds = layout == AttentionLayout.Plain,
                });
                await MeasureAsync(name, path, shape);
                Directory.Delete(path, recursive: true);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task MeasureAsync(string name, string folder, DecoderShape shape)
    {
        using var sharing = new LocalModel(new LocalModelOptions { Folder = folder });
        using var whole = new LocalModel(new LocalModelOptions { Folder = folder });
        using var asItIs = new LocalModel(new LocalModelOptions { Folder = folder, Edit = false, Chunk = int.MaxValue });
        using var within = new LocalModel(new LocalModelOptions { Folder = folder, ThreadsWithin = Environment.ProcessorCount });
        PromptBuilder prompts = Prompts(sharing, folder, out int shared);
        Prompt[] documents = [.. Texts().Select(prompts.For).Where(prompt => sharing.Count(prompt) == shared + Rest).Take(SharedTexts)];
        int length = documents.Max(sharing.Count);
        sharing.Prepare();
        whole.Prepare();
        asItIs.Prepare();
        within.Share(Enumerable.Range(0, 48).Select(i => prompts.For(i.ToString(CultureInfo.InvariantCulture))));
        within.Prepare();
        IReadOnlyList<string> answers = prompts.Markers.Texts;
        double difference = 0;
        AnswerScores[] together = await Task.WhenAll(sharing.ScoreTogether(documents, answers, default));
        for (int i = 0; i < 4; i++)
        {
            foreach (LocalModel rival in new[] { whole, asItIs })
            {
                AnswerScores a = together[i], b = await rival.ScoreAsync(documents[i], answers, default);
                for (int k = 0; k < Labels.Length; k++) difference = Math.Max(difference, Math.Abs(a.LogProbabilities[k] - b.LogProbabilities[k]));
            }
        }
        var plain = new List<(double Wall, double Processor)>();
        var full = new List<(double Wall, double Processor)>();
        var alone = new List<(double Wall, double Processor)>();
        var one = new List<(double Wall, double Processor)>();
        var many = new List<(double Wall, double Processor)>();
        var threaded = new List<(double Wall, double Processor)>();
        for (int round = 0; round < Rounds; round++)
        {
            plain.Add(Seconds(asItIs, documents[..FullTexts], answers, 1, 1));
            full.Add(Seconds(whole, documents[..FullTexts], answers, 1, sharing.Together));
            alone.Add(Seconds(sharing, documents, answers, 1, 1));
            one.Add(Seconds(sharing, documents, answers, 1, sharing.Together));
            many.Add(Seconds(sharing, documents, answers, Environment.ProcessorCount, sharing.Together));
            threaded.Add(Seconds(within, documents, answers, 1, sharing.Together));
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name}: {shape.Layers} layers, width {shape.Hidden}, vocabulary {shape.Vocabulary:N0}; {shared} tokens shared, {length - shared} of a text's own; {Environment.ProcessorCount} processors"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  full prompts, the export as it is, {1000 * Median(plain, t => t.Wall):N1} ms a text, shared beginning {1000 * Median(one, t => t.Wall):N1} ms: {Median(plain, t => t.Wall) / Median(one, t => t.Wall):N1} times as fast ({Median(plain, t => t.Processor) / Median(one, t => t.Processor):N1} by processor time); log-probabilities differ by {difference:0.0e0} at most"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  full prompts with this engine's logits and runs {1000 * Median(full, t => t.Wall):N1} ms a text: {Median(full, t => t.Wall) / Median(one, t => t.Wall):N1} times ({Median(full, t => t.Processor) / Median(one, t => t.Processor):N1} by processor time; {Median(full, t => t.Wall) / Median(alone, t => t.Wall):N1} and {Median(full, t => t.Processor) / Median(alone, t => t.Processor):N1} with each text in a run of its own)"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  {Environment.ProcessorCount} runs side by side {1000 * Median(many, t => t.Wall):N1} ms a text: {Median(one, t => t.Wall) / Median(many, t => t.Wall):N2} times as fast again ({Median(one, t => t.Processor) / Median(many, t => t.Processor) * Environment.ProcessorCount:N2} if each had a processor to itself); {Environment.ProcessorCount} threads within each run {Median(one, t => t.Wall) / Median(threaded, t => t.Wall):N2} times"));
    }

    private static (double Wall, double Processor) Seconds(LocalModel model, Prompt[] documents, IReadOnlyList<string> answers, int threads, int together)
    {
        long started = Stopwatch.GetTimestamp();
        TimeSpan used = Environment.CpuUsage.TotalTime;
        Parallel.ForEach(documents.Chunk(together), new ParallelOptions { MaxDegreeOfParallelism = threads }, group => Task.WhenAll(model.ScoreTogether(group, answers, default)).GetAwaiter().GetResult());
        return (Stopwatch.GetElapsedTime(started).TotalSeconds / documents.Length, (Environment.CpuUsage.TotalTime - used).TotalSeconds / documents.Length);
    }

    /// <summary>Prompts with as many examples as make the shared beginning as long as it is to be.</summary>
    private static PromptBuilder Prompts(LocalModel model, string folder, out int shared)
    {
        string file = Path.Combine(folder, "template.txt");
        File.WriteAllText(file, "[system]\n{{labels}}\n{{answer}}\n[user]\n{{text}}\n");
        PromptTemplate template = PromptTemplate.Load(file).With(model.Format);
        for (int words = 100; ; words++)
        {
            string text = string.Join(' ', Enumerable.Repeat("glad and proud of my friends", 400).SelectMany(part => part.Split(' ')).Take(words));
            var prompts = new PromptBuilder(
                [.. Labels.Select(name => new TaskLabel { Name = name })], template, AnswerStyle.Letter,
                [new Document(DocumentKey.Of(text), 1, null, text, 1)], seed: 1);
            shared = model.Share(Enumerable.Range(0, 48).Select(i => prompts.For(i.ToString(CultureInfo.InvariantCulture))));
            if (shared >= Beginning) return prompts;
        }
    }

    /// <summary>Texts of many lengths.</summary>
    private static IEnumerable<string> Texts() => Enumerable.Range(0, 100_000).Select(i =>
        string.Create(CultureInfo.InvariantCulture, $"{i} ") + string.Join(' ', "i feel so happy today because the sun is shining and she was angry about the late train and the rude answer".Split(' ').Take(8 + i % 14)));

    private static double Median(List<(double Wall, double Processor)> values, Func<(double Wall, double Processor), double> which) => values.Select(which).Order().ElementAt(values.Count / 2);
}
