using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Llkd.Benchmarks.Prediction;
using Llkd.Models;
using Llkd.Students;
using Llkd.Students.Transformer;

namespace Llkd.Benchmarks.Export;

/// <summary>
/// `export-loss TASKS DATA OUTPUT`: trains an n-gram student and a small transformer on the gold labels of emotions and banking77,
/// exports both in floats and in 8 bits, and writes what the export says as a Markdown table; the transformer is also loaded
/// again as `pretrained`, and both score the test texts.
/// </summary>
internal static class ExportLoss
{
    private static readonly (string Name, string[] Settings)[] Students =
    [
        ("ngram", []),
        ("transformer, 2 layers", ["student.kind=transformer", "student.layers=2", "student.maxLength=64", "training.learningRate=0.001"]),
    ];

    public static int Run(string[] arguments)
    {
        (string tasks, string data, string output) = (arguments[0], Path.GetFullPath(arguments[1]), arguments[2]);
        var rows = new List<string>();
        foreach (string set in (string[])["emotions", "banking77"])
        {
            foreach ((string name, string[] settings) in Students)
            {
                string run = Path.Combine(output, set + "-" + name.Split(',')[0]);
                string[] gold = ["teacher.kind=recorded", "teacher.labels=" + Path.Combine(data, set, "train.csv"), "training.method=no-ds"];
                Call(["run", Path.Combine(tasks, set + ".yaml"), "--output", run, .. gold.Concat(settings).SelectMany(setting => new[] { "--set", setting })]);
                Call(["export", run, "--output", run + "-fp32"]);
                Call(["export", run, "--output", run + "-int8", "--int8"]);
                rows.Add($"| {set} | {name} | {Row(run)} |");
                if (settings.Length > 0) rows.Add(Again(Path.Combine(run, "model"), Path.Combine(data, set)));
            }
        }
        Console.WriteLine("| Data set | Student | Texts | fp32: largest difference of a logit | answers changed | int8: largest difference | answers changed | accuracy, student → int8 | size, fp32 → int8 |");
        Console.WriteLine("| :--- | :--- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (string row in rows.Where(row => row[0] == '|')) Console.WriteLine(row);
        foreach (string row in rows.Where(row => row[0] != '|')) Console.WriteLine(row);
        return 0;
    }

    private static string Row(string run)
    {
        using JsonDocument floats = JsonDocument.Parse(File.ReadAllText(Path.Combine(run + "-fp32", "export.json")));
        using JsonDocument integers = JsonDocument.Parse(File.ReadAllText(Path.Combine(run + "-int8", "export.json")));
        JsonElement fp32 = floats.RootElement, int8 = integers.RootElement;
        return string.Create(CultureInfo.InvariantCulture,
            $"{fp32.GetProperty("texts").GetInt32():N0} | {fp32.GetProperty("largestDifference").GetDouble():0.0e+0} | {fp32.GetProperty("answersChanged").GetInt32()} | {int8.GetProperty("largestDifferenceInt8").GetDouble():0.000} | {int8.GetProperty("answersChanged").GetInt32()} | {100 * int8.GetProperty("accuracyStudent").GetDouble():0.00} → {100 * int8.GetProperty("accuracyExported").GetDouble():0.00} % | {Megabytes(run + "-fp32"):0.0} → {Megabytes(run + "-int8"):0.0} MB");
    }

    private static double Megabytes(string folder) => new FileInfo(Path.Combine(folder, "model.onnx")).Length / 1e6;

    private static string Again(string model, string data)
    {
        IReadOnlyList<string> labels = ModelConfig.Load(model).Labels;
        using TransformerStudent student = TransformerStudent.LoadModel(model, 1);
        using TransformerStudent again = TransformerStudent.LoadPretrained(model, new PretrainedOptions { MaxLength = 64, Threads = 1, Precision = TrainingPrecision.Fp32 }, labels);
        string[] texts = RealTexts.Of(Path.Combine(data, "test.csv"));
        float[] one = Score(student, texts), two = Score(again, texts);
        return string.Create(CultureInfo.InvariantCulture,
            $"{Path.GetFileName(data)}: the transformer loaded again as pretrained gives logits that differ by at most {one.Zip(two).Max(pair => Math.Abs(pair.First - pair.Second)):0.0e+0} on {texts.Length:N0} test texts.");
    }

    private static float[] Score(TransformerStudent student, string[] texts)
    {
        MemoryCorpus corpus = MemoryCorpus.Encode(student, texts);
        var logits = new float[texts.Length * student.ClassCount];
        student.Score(corpus, [.. Enumerable.Range(0, texts.Length)], logits);
        return logits;
    }

    private static void Call(string[] arguments)
    {
        using Process process = Process.Start(LlkdCommand.Path, arguments);
        process.WaitForExit();
        if (process.ExitCode != 0) throw new RunFailedException($"llkd {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }
}
