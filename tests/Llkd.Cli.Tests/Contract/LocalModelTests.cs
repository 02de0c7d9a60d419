using System.Globalization;
using System.Text.Json;
using Llkd.Cli.Tests.Support;
using Llkd.TestModels;

namespace Llkd.Cli.Tests.Contract;

/// <summary>`teacher.kind: onnx` from the command line, with a model of random weights.</summary>
public sealed class LocalModelTests : IDisposable
{
    private readonly Workplace _place = new();

    public LocalModelTests()
    {
        DecoderFolder.Write(_place["llm"], TokenizerFamily.Qwen, shape => shape with { Attention = 6 });
        _place.WriteTask("kind: onnx, path: llm, shots: 1");
    }

    public void Dispose() => _place.Dispose();

    [Fact]
    public void A_run_is_planned_labelled_calibrated_and_reported()
    {
        Ended plan = _place.Llkd("label", "task.yaml", "--output", "out", "--plan").Succeeds();
        Assert.Contains("327, of which the journal has 0 already", plan.Output, StringComparison.Ordinal);
        Assert.Contains("counted         with the model's own tokenizer", plan.Output, StringComparison.Ordinal);
        Assert.Matches(@"tokens read +[\d,]+ \(\d+ a call, \d+ of them the same for all\)", plan.Output);
        Ended live = _place.Llkd("label", "task.yaml", "--output", "out", "--plan", "--live", "20").Succeeds();
        Assert.Matches(@"time +about 0:00:\d\d", live.Output);

        Ended run = _place.Run().Succeeds();
        Assert.Contains("teacher llm, 3 examples, template chatml (guessed from the token <|im_start|>)", run.Error, StringComparison.Ordinal);
        Assert.Contains("labelling: 307 of 307 texts", run.Error, StringComparison.Ordinal);
        Assert.Contains("calibrated on 42 validation texts: temperature ", run.Error, StringComparison.Ordinal);
        using JsonDocument metrics = JsonDocument.Parse(File.ReadAllText(_place["out/metrics.json"]));
        JsonElement root = metrics.RootElement, labelling = root.GetProperty("labelling");
        Assert.Equal(327, root.GetProperty("teacherCalls").GetInt64());
        Assert.InRange(root.GetProperty("teacher").GetProperty("accuracy").GetDouble(), 0, 1);
        Assert.InRange(root.GetProperty("calibration").GetProperty("eceAfter").GetDouble(), 0, 1);
        // 200 of the texts were counted exactly, and the others are like them.
        Assert.InRange(labelling.GetProperty("planned").GetProperty("prompt").GetDouble() / root.GetProperty("tokens").GetProperty("prompt").GetInt64(), 0.98, 1.02);
        string report = File.ReadAllText(_place["out/report.html"]);
        Assert.Contains("The model ran on this machine.", report, StringComparison.Ordinal);
        Assert.Contains("The confidence of 327 labels is the probability that the model gives", report, StringComparison.Ordinal);
        _place.Run().Says(0, "327 answers were in the journal already");
    }

    [Fact]
    public void Show_prompt_prints_the_text_the_model_reads()
    {
        Ended shown = _place.Llkd("label", "task.yaml", "--show-prompt", "1").Succeeds();
        Assert.StartsWith("=== row 1\n<|im_start|>system\n", shown.Output, StringComparison.Ordinal);
        Assert.EndsWith("<|im_start|>assistant\n\n", shown.Output, StringComparison.Ordinal);
        Ended plain = _place.Llkd("label", "task.yaml", "--show-prompt", "1", "--set", "teacher.template=plain").Succeeds();
        Assert.EndsWith("Label:\n", plain.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_injection_probe_tries_the_model()
    {
        Ended ended = _place.Llkd("label", "task.yaml", "--output", "out", "--injection-probe", "3").Succeeds();
        Assert.Matches(@"% +[\d.]+ ?%  all", ended.Output);
    }

    [Fact]
    public void Texts_that_are_too_long_are_cut_and_counted()
    {
        _place.Write("pool.csv", "id,text,label\n" + string.Join('\n', Enumerable.Range(0, 12).Select(i =>
            string.Create(CultureInfo.InvariantCulture, $"{i},number {i} {(i < 4 ? string.Concat(Enumerable.Repeat("and so on ", 300)) : "")},bug"))) + "\n");
        Ended ended = _place.Llkd("label", "task.yaml", "--output", "out", "--set", "teacher.maxPromptTokens=800", "--set", "teacher.calibration=0").Succeeds();
        Assert.Contains("4 texts were too long for the model's 800 tokens", ended.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kind: onnx", "teacher.path", "is missing")]
    [InlineData("kind: onnx, path: nowhere", "teacher.path", "does not exist")]
    [InlineData("kind: onnx, path: llm, file: model_q4.onnx", "teacher.file", "onnx/model.onnx")]
    [InlineData("kind: onnx, path: llm, shots: 0, confidenceFrom: samples", "teacher.confidenceFrom", "label-scores")]
    [InlineData("kind: onnx, path: llm, shots: 15, maxPromptTokens: 100", "teacher.shots", "without any text")]
    [InlineData("kind: prototype, path: llm", "teacher.path", "only `teacher.kind: onnx`")]
    [InlineData("kind: openai, model: m, endpoint: \"http://localhost:1/v1\", shots: 0, confidenceFrom: label-scores", "teacher.template", "llama-3")]
    public void A_wrong_set_up_ends_with_status_2(string teacher, string key, string message)
    {
        _place.WriteTask(teacher);
        _place.Llkd("label", "task.yaml", "--output", "out").Says(2, key, message);
    }

    [Fact]
    public void A_model_that_does_not_fit_its_configuration_ends_with_status_2_before_any_text()
    {
        DecoderFolder.Write(_place["llm"], TokenizerFamily.Qwen, configure: config => config["num_hidden_layers"] = 5);
        _place.Llkd("label", "task.yaml", "--output", "out").Says(2, "model.onnx has 2 layers of keys and values", "num_hidden_layers");
    }

    /// <summary>Interrupted and killed somewhere, again and again: the labels are those of a run that nobody touched.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Labelling_goes_on_where_it_was_stopped(bool politely)
    {
        DecoderFolder.Write(_place["llm"], TokenizerFamily.Qwen, shape => shape with { Layers = 3, Hidden = 128, Inner = 256 });
        string[] command = ["label", "task.yaml", "--output", "out", "--export", "labels.csv"];
        _place.Llkd(["label", "task.yaml", "--output", "undisturbed", "--export", "expected.csv"]).Succeeds();
        for (int i = 1; i <= 4; i++)
        {
            using LlkdProcess process = LlkdProcess.Start(_place.Folder, command);
            while (!File.Exists(_place["out/labels.db"]) && !process.HasExited) Thread.Sleep(5);
            // Somewhere: loading, reading the examples, or between the texts.
            Thread.Sleep(150 * i);
            if (process.HasExited) break;
            if (politely)
            {
                process.Interrupt();
                Assert.Contains(process.Wait().Status, new[] { 130, 0 });
            }
            else process.Kill();
        }
        _place.Llkd(command).Succeeds();
        Assert.Equal(File.ReadAllText(_place["expected.csv"]), File.ReadAllText(_place["labels.csv"]));
    }
}
