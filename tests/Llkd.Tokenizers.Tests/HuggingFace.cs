using System.Diagnostics;
using System.Text.Json;

namespace Llkd.Tokenizers.Tests;

/// <summary>@huggingface/transformers in Node, as the oracle of ids. Tests are skipped where it is missing.</summary>
internal static class HuggingFace
{
    /// <summary>Compares ids of all texts; on a difference the test fails with the name of a file that holds both sides.</summary>
    /// <param name="name">Name of the comparison, for that file.</param>
    /// <param name="folder">Folder with a tokenizer.json, which Node reads.</param>
    /// <param name="tokenizer">The tokenizer to compare.</param>
    /// <param name="texts">The texts.</param>
    public static async Task Compare(string name, string folder, ITextTokenizer tokenizer, IReadOnlyList<string> texts)
    {
        var differences = new Differences("Hugging Face");
        int row = 0;
        await foreach (int[] expected in Encode(folder, texts))
        {
            differences.Compare(texts[row], expected, tokenizer.Encode(texts[row], int.MaxValue, out _));
            row++;
        }
        Assert.Equal(texts.Count, row);
        await differences.AssertNone(name);
    }

    /// <summary>Skips the test where Node or the package is missing.</summary>
    public static string Script()
    {
        string oracle = SharedData.Above(Path.Combine("tests", "oracle")) ?? "";
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(oracle, "node_modules", "@huggingface", "transformers")) && HasNode(),
            "Node or tests/oracle/node_modules is missing; run `npm install --ignore-scripts` in tests/oracle.");
        return Path.Combine(oracle, "encode.mjs");
    }

    private static bool HasNode() => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "node")) || File.Exists(Path.Combine(folder, "node.exe")));

    private static async IAsyncEnumerable<int[]> Encode(string folder, IReadOnlyList<string> texts)
    {
        var start = new ProcessStartInfo("node", [Script(), folder]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        using Process node = Process.Start(start)!;
        Task writing = Task.Run(async () =>
        {
            foreach (string text in texts) await node.StandardInput.WriteLineAsync(JsonSerializer.Serialize(text));
            node.StandardInput.Close();
        });
        while (await node.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            yield return JsonSerializer.Deserialize<int[]>(line)!;
        await writing;
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, node.ExitCode);
    }
}
