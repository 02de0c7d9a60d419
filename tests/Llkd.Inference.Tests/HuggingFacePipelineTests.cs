using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Llkd.Inference.Tests;

/// <summary>
/// An exported folder in Hugging Face's own pipeline('text-classification'), which has its own tokenizer and reads
/// config.json, tokenizer.json and model.onnx as they stand. Skipped without Node and the package.
/// </summary>
public sealed class HuggingFacePipelineTests(Moods moods) : IClassFixture<Moods>
{
    [Fact]
    public async Task Labels_and_scores_are_the_same()
    {
        string? oracle = Oracle();
        Assert.SkipUnless(oracle is not null, "Node or tests/oracle/node_modules is missing; run `npm install` in tests/oracle (with scripts, which fetch ONNX Runtime).");
        string[] texts = [.. moods.Texts.Take(100), "Unseen words, \u00fcber alles! \ud83c\udf89", string.Join(' ', Enumerable.Repeat("good and bad", 40))];
        using var classifier = TextClassifier.Load(moods.Exported("transformer"));
        IReadOnlyList<Prediction> predictions = classifier.Predict(texts, TestContext.Current.CancellationToken);
        var start = new ProcessStartInfo("node", [Path.Combine(oracle!, "classify.mjs"), moods.Exported("transformer")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using Process node = Process.Start(start)!;
        foreach (string text in texts) await node.StandardInput.WriteLineAsync(JsonSerializer.Serialize(text));
        node.StandardInput.Close();
        int row = 0;
        while (await node.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            JsonArray scores = JsonNode.Parse(line)!.AsArray();
            Assert.Equal(predictions[row].Best, scores[0]!["label"]!.GetValue<string>());
            // Of the last text, which is cut, transformers.js cuts off </s> too (its truncateHelper); Python and we keep it. Its label must do.
            foreach (JsonNode? score in row == texts.Length - 1 ? [] : scores)
                Assert.Equal(
                    predictions[row].Probabilities.Span[Array.IndexOf(Moods.Labels, score!["label"]!.GetValue<string>())],
                    score["score"]!.GetValue<float>(), 1e-4f);
            row++;
        }
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, node.ExitCode);
        Assert.Equal(texts.Length, row);
    }

    private static string? Oracle()
    {
        bool node = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "node")));
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); node && at is not null; at = at.Parent)
        {
            string oracle = Path.Combine(at.FullName, "tests", "oracle");
            if (Directory.Exists(Path.Combine(oracle, "node_modules", "@huggingface", "transformers"))
                && Directory.EnumerateFiles(Path.Combine(oracle, "node_modules"), "libonnxruntime*", SearchOption.AllDirectories).Any()) return oracle;
        }
        return null;
    }
}
