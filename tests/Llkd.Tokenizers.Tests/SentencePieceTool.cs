using System.Diagnostics;

namespace Llkd.Tokenizers.Tests;

/// <summary>SentencePiece's own programs, which train models and are the oracle of ids. Tests are skipped where they are missing.</summary>
internal static class SentencePieceTool
{
    /// <summary>Skips the test where a program is missing.</summary>
    public static void Require() => Assert.SkipUnless(
        Has("spm_train") && Has("spm_encode"), "spm_train or spm_encode is not on the PATH; install the package `sentencepiece` (apt-get install sentencepiece).");

    /// <summary>Trains a small model: PREFIX.model, and PREFIX.vocab with its pieces.</summary>
    public static async Task Train(string prefix, IEnumerable<string> texts, params string[] options)
    {
        await WriteLines(prefix + ".train.txt", texts);
        await Run("spm_train", [$"--input={prefix}.train.txt", $"--model_prefix={prefix}", "--vocab_size=4000", "--character_coverage=1", "--num_threads=1", "--minloglevel=2", .. options]);
    }

    /// <summary>The ids of each text, none of which holds a line break or NUL.</summary>
    public static async Task<List<int[]>> Encode(string prefix, IEnumerable<string> texts)
    {
        await WriteLines(prefix + ".texts.txt", texts);
        await Run("spm_encode", [$"--model={prefix}.model", $"--input={prefix}.texts.txt", $"--output={prefix}.ids.txt", "--output_format=id"]);
        return [.. File.ReadLines(prefix + ".ids.txt").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse).ToArray())];
    }

    private static bool Has(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)) || File.Exists(Path.Combine(folder, program + ".exe")));

    private static Task WriteLines(string path, IEnumerable<string> lines) =>
        File.WriteAllTextAsync(path, string.Concat(lines.Select(line => line + "\n")), TestContext.Current.CancellationToken);

    private static async Task Run(string program, string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        string said = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{program} failed: {said}");
    }
}
