using System.Globalization;
using Llkd.Documents;
using Llkd.Tasks;
using Llkd.Teachers;
using Llkd.Teachers.Calls;
using Llkd.Teachers.Models;
using Llkd.Teachers.Prompting;
using Llkd.TestServer;

namespace Llkd.Benchmarks;

/// <summary>
/// Rows a second that the teacher's client labels and journals against a server on the same machine: one that answers at
/// once, and one that answers at 200 requests a second. Client and server share the processors.
/// </summary>
internal static class TeacherClient
{
    private static readonly string[] Labels = ["joy", "anger", "fear"];

    public static async Task RunAsync()
    {
        await MeasureAsync("warm-up", 2000, 0);
        double most = 0;
        for (int round = 0; round < 3; round++) most = Math.Max(most, await MeasureAsync("instant replies", 20_000, 0));
        double held = await MeasureAsync("200 replies a second", 3000, 200);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Environment.ProcessorCount} processors: best {most:N0} rows/s with instant replies; {held / 200:P1} of a server's 200 a second"));
        await MemoryAsync();
    }

    private static async Task<double> MeasureAsync(string name, int rows, double rate)
    {
        await using ChatServer server = await ChatServer.StartAsync();
        server.Rate = rate;
        DirectoryInfo folder = Directory.CreateTempSubdirectory("llkd-bench-");
        try
        {
            using LabelJournal journal = LabelJournal.Open(Path.Combine(folder.FullName, "labels.db"), "bench", Labels);
            using LanguageModelTeacher teacher = Teacher(server);
            LabellingSummary summary = await Labelling.RunAsync(teacher, Documents(rows), journal);
            double speed = summary.Labelled / summary.Seconds;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name}: {summary.Labelled:N0} rows in {summary.Seconds:N2} s, {speed:N0} rows/s, {server.MostInFlight} in flight at most"));
            return speed;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Memory after every 20,000 of 200,000 rows.</summary>
    private static async Task MemoryAsync()
    {
        await using ChatServer server = await ChatServer.StartAsync();
        // The server's own memory is not what is measured.
        server.CountsTexts = false;
        DirectoryInfo folder = Directory.CreateTempSubdirectory("llkd-bench-");
        try
        {
            using LabelJournal journal = LabelJournal.Open(Path.Combine(folder.FullName, "labels.db"), "bench", Labels);
            using LanguageModelTeacher teacher = Teacher(server);
            Document[] documents = Documents(200_000);
            long next = 20_000;
            await Labelling.RunAsync(teacher, documents, journal, new Progress<LabellingProgress>(progress =>
            {
                if (progress.Done < next) return;
                next += 20_000;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{progress.Done:N0} rows: {GC.GetTotalMemory(forceFullCollection: true) / 1e6:N1} MB managed"));
            }));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static LanguageModelTeacher Teacher(ChatServer server)
    {
        var model = new OpenAIModel(new OpenAIModelOptions { Endpoint = server.Endpoint, Model = "bench" });
        var prompts = new PromptBuilder(
            [.. Labels.Select(name => new TaskLabel { Name = name })], PromptTemplate.BuiltIn(PromptFormat.All[0]), AnswerStyle.Letter, [], seed: 1);
        return new LanguageModelTeacher(model, prompts, new LanguageModelOptions(), new CallOptions());
    }

    private static Document[] Documents(int count) => [.. Enumerable.Range(0, count).Select(i =>
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"a text of about sixty characters, as most of them are, number {i}");
        return new Document(DocumentKey.Of(text), i + 1, null, text, -1);
    })];
}
