using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Llkd.TestModels;

namespace Llkd.Teachers.Tests.Local;

/// <summary>
/// Tokens and logits compared with @huggingface/transformers, which reads the same folder with a tokenizer of its own and
/// another build of ONNX Runtime, and computes every prompt as a whole; texts are read here alone and together. Skipped without Node and the package.
/// </summary>
public sealed class LogitsOracleTests
{
    private static readonly string[] Texts = ["I could sing", "表情 🙂 é e\u0301", "numbers 12345 and 2024", "", "a long one: " + string.Concat(Enumerable.Repeat("it goes on and on, ", 40))];

    [Theory]
    [InlineData(TokenizerFamily.Llama3, AttentionLayout.Plain, WeightFormat.Float32, true)]
    [InlineData(TokenizerFamily.Qwen, AttentionLayout.Plain, WeightFormat.Float32, false)]
    [InlineData(TokenizerFamily.SmolLM, AttentionLayout.GroupQuery, WeightFormat.Float32, false)]
    [InlineData(TokenizerFamily.Llama2, AttentionLayout.GroupQuery, WeightFormat.Int4, false)]
    [InlineData(TokenizerFamily.Gemma, AttentionLayout.Plain, WeightFormat.Int4, true)]
    [InlineData(TokenizerFamily.Qwen, AttentionLayout.Plain, WeightFormat.Float16, true)]
    [InlineData(TokenizerFamily.Llama3, AttentionLayout.GroupQuery, WeightFormat.Float16, false)]
    public async Task Tokens_and_logits_are_those_of_Hugging_Face(TokenizerFamily family, AttentionLayout layout, WeightFormat weights, bool positions)
    {
        string oracle = Oracle();
        using var local = new LocalTeacher(family, shape => shape with { Layout = layout, Weights = weights, PositionIds = positions });
        if (weights == WeightFormat.Float16)
        {
            // transformers.js makes the first keys and values in the format that this key names.
            JsonNode config = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(local.Folder, "config.json"), TestContext.Current.CancellationToken))!;
            config["transformers.js_config"] = new JsonObject { ["kv_cache_dtype"] = "float16" };
            await File.WriteAllTextAsync(Path.Combine(local.Folder, "config.json"), config.ToJsonString(), TestContext.Current.CancellationToken);
        }
        var start = new ProcessStartInfo("node", [Path.Combine(oracle, "logits.mjs"), local.Folder, "fp32"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        using Process node = Process.Start(start)!;
        float[][] together = local.Model.LogitsTogether([.. Texts.Select(local.Prompts.For)], out _);
        Assert.Equal(layout == AttentionLayout.GroupQuery || positions, local.Model.ReadsTogether);
        foreach ((int at, string text) in Texts.Index())
        {
            float[] logits = local.Model.Logits(local.Prompts.For(text), out int[] tokens);
            await node.StandardInput.WriteLineAsync(JsonSerializer.Serialize(local.Model.Format.Render(local.Prompts.For(text).Messages)));
            await node.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
            JsonNode expected = JsonNode.Parse(await node.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) ?? throw new InvalidOperationException("Node ended; see its error output."))!;
            Assert.Equal(expected["ids"]!.Deserialize<int[]>(), tokens);
            float[] theirs = expected["logits"]!.Deserialize<float[]>()!;
            Assert.Equal(theirs.Length, logits.Length);
            // 16-bit floats have eleven bits, and the two runtimes add in another order.
            float tolerance = weights == WeightFormat.Float16 ? 0.05f : 1e-4f;
            for (int i = 0; i < logits.Length; i++)
            {
                Assert.Equal(theirs[i], logits[i], tolerance);
                Assert.Equal(theirs[i], together[at][i], tolerance);
            }
            Assert.True(logits.Max() - logits.Min() > 1, "The logits are nearly all the same, so the comparison says nothing.");
        }
        node.StandardInput.Close();
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, node.ExitCode);
    }

    private static string Oracle()
    {
        bool node = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "node")));
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); node && at is not null; at = at.Parent)
            if (Directory.Exists(Path.Combine(at.FullName, "tests", "oracle", "node_modules", "@huggingface", "transformers"))) return Path.Combine(at.FullName, "tests", "oracle");
        Assert.Skip("Node or tests/oracle/node_modules is missing; run `npm install --ignore-scripts` in tests/oracle.");
        return "";
    }
}
