using System.Text.Json;
using Llkd.Cli.Tests.Support;
using Llkd.Students;
using Llkd.Students.Transformer;

namespace Llkd.Cli.Tests.Contract;

public sealed class PretrainedTests
{
    private const string Tiny = "kind: transformer, hidden: 16, layers: 2, heads: 2, vocabulary: 400, maxLength: 16";

    [Fact]
    public void A_run_can_begin_with_the_folder_another_run_has_left()
    {
        using var place = new Workplace(training: "method: no-ds, epochs: 1, batchSize: 16, threads: 1");
        string task = File.ReadAllText(place["task.yaml"]);
        const string Ngram = "kind: ngram, hidden: 8, buckets: 4096";
        place.Write("task.yaml", task.Replace(Ngram, Tiny, StringComparison.Ordinal));
        place.Run().Succeeds();
        place.Write("task.yaml", task.Replace(Ngram, "kind: pretrained, path: out/model, maxLength: 8, freezeLayers: 1, layerDecay: 0.9, pooling: cls", StringComparison.Ordinal));
        Ended ended = place.Llkd("run", "task.yaml", "--output", "again");
        ended.Succeeds();
        Assert.Contains("texts of the pool are longer than the student reads (8 tokens", ended.Output + ended.Error, StringComparison.Ordinal);
        using JsonDocument metrics = JsonDocument.Parse(File.ReadAllText(place["again/metrics.json"]));
        Assert.InRange(metrics.RootElement.GetProperty("test").GetProperty("accuracy").GetDouble(), 0, 1);
        using JsonDocument run = JsonDocument.Parse(File.ReadAllText(place["again/run.json"]));
        string precision = EngineOptions.PrecisionFor(TrainingPrecision.Auto, ComputeDevice.Auto) == TrainingPrecision.Bf16 ? "bf16" : "fp32";
        Assert.EndsWith($" M weights, trained in {precision}", run.RootElement.GetProperty("student").GetString(), StringComparison.Ordinal);
        Assert.InRange(run.RootElement.GetProperty("data").GetProperty("poolTruncated").GetDouble(), 0.001, 1);
        Assert.Contains("Longer than the student reads, cut: pool", File.ReadAllText(place["again/report.html"]), StringComparison.Ordinal);
        Assert.Contains("\"model_max_length\": 8", File.ReadAllText(place["again/model/tokenizer_config.json"]), StringComparison.Ordinal);
        Assert.StartsWith("---\nlibrary_name: transformers\n", File.ReadAllText(place["again/model/README.md"]), StringComparison.Ordinal);
        Assert.True(File.ReadAllBytes(place["again/model/model.safetensors"]).Length > 10_000);
    }

    [Fact]
    public void A_folder_that_is_not_there_is_an_error_of_the_task()
    {
        using var place = new Workplace();
        string task = File.ReadAllText(place["task.yaml"]);
        place.Write("task.yaml", task.Replace("kind: ngram, hidden: 8, buckets: 4096", "kind: pretrained, path: nowhere", StringComparison.Ordinal));
        Ended ended = place.Run();
        ended.Says(2, "nowhere does not exist");
    }
}
