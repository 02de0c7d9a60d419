using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using CsCheck;

namespace Llkd.Tokenizers.Tests;

/// <summary>Ids compared with those of @huggingface/transformers, which reads the tokenizer.json written here. Skipped without Node and the package.</summary>
public sealed class HuggingFaceTests
{
    /// <summary>Left out: characters on which JavaScript's \s and Rust's differ (U+0085, U+FEFF); Rust's is followed, and those of a Unicode newer than .NET knows.</summary>
    private static readonly Gen<string> Unicode = Gen.Frequency(
        (3, Gen.Char[' ', '~'].Select(c => c.ToString())),
        (1, Gen.OneOf("<s>", "</s>", " <mask>", "<mask>", "<pad>", "<unk>", "<", "'s", "'ll", "\n", "\t", "  ", "\u00a0", "\u3000", "\u200d")),
        (2, Gen.Int[0xA1, 0x2FFF].Select(c => char.ConvertFromUtf32(c))),
        (1, Gen.Int[0x3041, 0x9FFF].Select(c => char.ConvertFromUtf32(c))),
        (1, Gen.Int[0x1F300, 0x1F64F].Select(c => char.ConvertFromUtf32(c))),
        (1, Gen.Int[0x1D400, 0x1D7FF].Select(c => char.ConvertFromUtf32(c))),
        (1, Gen.Int[0x20000, 0x2A000].Select(c => char.ConvertFromUtf32(c))))
        .Where(text => !text.EnumerateRunes().Any(r => Rune.GetUnicodeCategory(r) == UnicodeCategory.OtherNotAssigned))
        .Array[0, 24].Select(string.Concat);

    [Theory]
    [InlineData("trained")]
    [InlineData("roberta-kant")]
    public async Task Ids_are_those_of_Hugging_Face(string name)
    {
        string oracle = SharedData.Above(Path.Combine("tests", "oracle")) ?? "";
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(oracle, "node_modules", "@huggingface", "transformers")) && HasNode(),
            "Node or tests/oracle/node_modules is missing; run `npm install --ignore-scripts` in tests/oracle.");
        string[] data = ["emotions", "trec", "banking77", "snips", "sst2"];
        BpeVocabulary vocabulary = name == "trained"
            ? BpeTrainer.Train(data.SelectMany(SharedData.Texts), 4000)
            : BpeVocabulary.Load(Path.Combine(SharedData.Folder("tokenizers"), name));
        List<string> texts = [.. data.SelectMany(d => SharedData.Texts(d).Take(1000))];
        Unicode.Array[2000].Sample(texts.AddRange, iter: 1);
        using var folder = new ScratchFolder();
        BpeVocabularyFiles.Save(vocabulary, folder.Path, 512);
        var bpe = new ByteLevelBpe(vocabulary);
        int row = 0;
        await foreach (int[] expected in Oracle(oracle, folder.Path, texts))
        {
            var ids = new List<int>();
            bpe.Encode(texts[row], 100_000, ids);
            Assert.True(expected.SequenceEqual(ids),
                $"{JsonSerializer.Serialize(texts[row])}: Hugging Face {string.Join(' ', expected)}, here {string.Join(' ', ids)}");
            row++;
        }
        Assert.Equal(texts.Count, row);
    }

    private static bool HasNode() => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "node")) || File.Exists(Path.Combine(folder, "node.exe")));

    private static async IAsyncEnumerable<int[]> Oracle(string script, string folder, List<string> texts)
    {
        var start = new ProcessStartInfo("node", [Path.Combine(script, "encode.mjs"), folder])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
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
