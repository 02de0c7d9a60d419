using System.Text.Json.Nodes;
using Llkd.Cli.Pipeline;
using Llkd.Cli.Tests.Support;

namespace Llkd.Cli.Tests.Contract;

/// <summary>`llkd export`, and `llkd predict` with what it wrote.</summary>
public sealed class ExportTests
{
    private const string Transformer = "student.kind=transformer", Layers = "student.layers=1", Hidden = "student.hidden=32", Vocabulary = "student.vocabulary=400";

    [Fact]
    public void An_exported_folder_answers_as_the_run_does()
    {
        using var place = new Workplace();
        place.Run().Succeeds();
        Ended export = place.Llkd("export", "out", "--output", "exported").Succeeds();
        Assert.Contains("45 test texts, 0 answers changed", export.Output, StringComparison.Ordinal);
        Assert.Contains("Temperature", export.Output, StringComparison.Ordinal);
        foreach (string file in new[] { "model.onnx", "config.json", "buckets.txt", "calibration.json", "export.json", "README.md" })
            Assert.True(File.Exists(place["exported/" + file]), file);
        JsonNode record = JsonNode.Parse(File.ReadAllText(place["exported/export.json"]))!;
        Assert.Equal("fp32", record["precision"]!.GetValue<string>());
        Assert.Equal(record["name"]!.GetValue<string>(), ExportCard.NameOf(place["exported"]));
        Assert.Null(ExportCard.NameOf(place["out"]));
        Assert.InRange(record["largestDifference"]!.GetValue<double>(), 0, 1e-4);
        Assert.Equal(record["accuracyStudent"]!.GetValue<double>(), record["accuracyExported"]!.GetValue<double>());
        Assert.Equal(Labels(place, "out"), Labels(place, "exported"));
        Assert.DoesNotContain(Directory.GetFileSystemEntries(place.Folder), entry => entry.EndsWith(".tmp", StringComparison.Ordinal));
        // Once more over what is there, this time in 8 bits.
        Ended int8 = place.Llkd("export", "out", "--output", "exported", "--int8").Succeeds();
        Assert.Matches("int8: logits differ .* on 45 test texts, [0-9]+ answers changed; accuracy 0\\.[0-9]+, the student's 0\\.[0-9]+", int8.Output);
        Assert.Equal("int8", JsonNode.Parse(File.ReadAllText(place["exported/export.json"]))!["precision"]!.GetValue<string>());
        string[] expected = Labels(place, "out"), answers = Labels(place, "exported");
        Assert.True(expected.Zip(answers).Count(pair => pair.First != pair.Second) <= 2);
    }

    [Fact]
    public void A_transformer_is_exported_and_then_runs_without_libtorch()
    {
        using var place = new Workplace();
        place.Run("--set", Transformer, "--set", Layers, "--set", Hidden, "--set", Vocabulary, "--set", "student.heads=2").Succeeds();
        place.Llkd("export", "out", "--output", "exported").Succeeds();
        Assert.Equal(Labels(place, "out"), Labels(place, "exported"));
        using LlkdProcess process = LlkdProcess.Start(place.Folder, "predict", "--model", "exported");
        process.Send("please refund my invoice\n");
        Assert.Equal("text,predicted,confidence", process.NextLine(TimeSpan.FromMinutes(1)));
        Assert.StartsWith("please refund my invoice,", process.NextLine(TimeSpan.FromMinutes(1)), StringComparison.Ordinal);
        if (OperatingSystem.IsLinux())
        {
            string mapped = File.ReadAllText($"/proc/{process.Id}/maps");
            Assert.Contains("onnxruntime", mapped, StringComparison.Ordinal);
            Assert.DoesNotContain("torch", mapped, StringComparison.OrdinalIgnoreCase);
        }
        process.EndInput();
        process.Wait().Succeeds();
    }

    [Fact]
    public void What_cannot_be_exported_is_refused()
    {
        using var place = new Workplace();
        place.Llkd("export", "nowhere", "--output", "exported").Says(2, "nowhere");
        place.Llkd("label", "task.yaml", "--output", "out").Succeeds();
        place.Llkd("export", "out", "--output", "exported").Says(2, "llkd train");
        place.Run().Succeeds();
        place.Write("full.txt", "something of the user's");
        Directory.CreateDirectory(place["full"]);
        File.WriteAllText(place["full/notes.txt"], "mine");
        place.Llkd("export", "out", "--output", "full.txt").Says(2, "is a file");
        place.Llkd("export", "out", "--output", "full").Says(2, "not empty");
        Assert.Equal("mine", File.ReadAllText(place["full/notes.txt"]));
        place.Llkd("export", "out/model", "--output", "exported").Succeeds();
        place.Llkd("export", "exported", "--output", "again").Says(2, "exported already");
        place.Llkd("export", "out").Says(2, "--output");
    }

    [Fact]
    public void A_model_in_floats_that_is_not_the_student_is_refused()
    {
        string[] labels = ["a", "b"];
        ExportCheck.Of([1, 2, 3, 4], [1, 2.00009f, 3, 4], [], labels).RequireEqual();
        foreach (float wrong in new[] { 2.0002f, float.NaN })
        {
            ExportCheck check = ExportCheck.Of([1, 2, 3, 4], [1, wrong, 3, 4], [1, 1], labels);
            Assert.Throws<RunFailedException>(check.RequireEqual);
        }
        ExportCheck changed = ExportCheck.Of([1, 2, 3, 4], [2, 1, 3, 4], [1, 1], labels);
        Assert.Equal(1, changed.AnswersChanged);
        Assert.Equal(1, changed.LargestDifference);
        Assert.Equal((1, 0.5), (changed.StudentAccuracy, changed.ExportedAccuracy));
    }

    private static string[] Labels(Workplace place, string model)
    {
        Ended ended = place.Llkd("predict", "--model", model, "--input", "test.csv").Succeeds();
        return [.. ended.Output.TrimEnd().Split('\n').Skip(1).Select(line => line.Split(',')[^2])];
    }
}
