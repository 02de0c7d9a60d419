using System.Diagnostics;
using Llkd.Students.Ngram;
using Llkd.Students.Transformer;

namespace Llkd.Students.Tests.Transformer;

/// <summary>What must hold across processes. The explicit tests are the other process's part and run only when asked for by it.</summary>
[Collection(nameof(OneAtATime))]
public sealed class ContinuationTests
{
    private const string FolderVariable = "LLKD_TEST_STATE";
    private const int Half = 12;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_new_process_goes_on_bit_for_bit_from_a_saved_state(int threads)
    {
        using var folder = new ScratchFolder();
        (TransformerStudent student, MemoryCorpus corpus, int[] classes) = Toy.Start(Toy.Options with { Threads = threads });
        using (student)
        {
            Toy.Train(student, corpus, classes, 0, Half);
            student.SaveState(folder.Path);
            Toy.Train(student, corpus, classes, Half, 2 * Half);
            string there = Path.Combine(folder.Path, "there");
            Directory.CreateDirectory(there);
            await RunInNewProcess(nameof(Go_on_in_this_process), $"{folder.Path}|{threads}");
            string here = Path.Combine(folder.Path, "here");
            Directory.CreateDirectory(here);
            student.SaveState(here);
            foreach (string file in new[] { "student.safetensors", "student.json" })
                Assert.Equal(File.ReadAllBytes(Path.Combine(here, file)), File.ReadAllBytes(Path.Combine(there, file)));
        }
    }

    [Fact(Explicit = true)]
    public void Go_on_in_this_process()
    {
        string[] given = (Environment.GetEnvironmentVariable(FolderVariable) ?? "").Split('|');
        Assert.SkipUnless(given.Length == 2, "Run by the test above only.");
        int threads = int.Parse(given[1], System.Globalization.CultureInfo.InvariantCulture);
        (TransformerStudent student, MemoryCorpus corpus, int[] classes) = Toy.Start(Toy.Options with { Threads = threads });
        using (student)
        {
            student.LoadState(given[0]);
            Toy.Train(student, corpus, classes, Half, 2 * Half);
            student.SaveState(Path.Combine(given[0], "there"));
        }
    }

    [Fact]
    public async Task A_process_that_uses_no_transformer_loads_no_libtorch() =>
        await RunInNewProcess(nameof(Train_an_ngram_student_in_this_process), "");

    [Fact(Explicit = true)]
    public void Train_an_ngram_student_in_this_process()
    {
        (string[] texts, int[] classes) = Toy.Make(100, 1);
        using NgramStudent student = NgramStudent.Create(texts, 3, new NgramOptions());
        int[] documents = [0, 1, 2];
        student.Train(MemoryCorpus.Encode(student, texts), documents, Toy.CrossEntropy(documents, classes), 0.01);
        using Process process = Process.GetCurrentProcess();
        Assert.DoesNotContain(
            process.Modules.Cast<ProcessModule>(), module => module.ModuleName.Contains("torch", StringComparison.OrdinalIgnoreCase)
                && !module.ModuleName.EndsWith("TorchSharp.dll", StringComparison.Ordinal));
    }

    [Fact]
    public void Another_number_of_threads_is_refused_and_changes_nothing()
    {
        using var folder = new ScratchFolder();
        (TransformerStudent one, MemoryCorpus corpus, int[] classes) = Toy.Start();
        (TransformerStudent two, _, _) = Toy.Start(Toy.Options with { Threads = 2 });
        using (one)
        using (two)
        {
            Toy.Train(one, corpus, classes, 0, 2);
            one.SaveState(folder.Path);
            float[][] before = two.CopyWeights();
            InputException e = Assert.Throws<InputException>(() => two.LoadState(folder.Path));
            Assert.Contains("Set training.threads to 1", e.Message, StringComparison.Ordinal);
            Assert.Equal(before, two.CopyWeights());
        }
    }

    [Fact]
    public void Another_version_of_libtorch_is_refused()
    {
        using var folder = new ScratchFolder();
        (TransformerStudent student, _, _) = Toy.Start();
        using (student)
        {
            student.SaveState(folder.Path);
            string path = Path.Combine(folder.Path, "student.json");
            File.WriteAllText(path, File.ReadAllText(path).Replace("\"torch\":\"", "\"torch\":\"1", StringComparison.Ordinal));
            Assert.Contains("libtorch 1", Assert.Throws<InputException>(() => student.LoadState(folder.Path)).Message, StringComparison.Ordinal);
        }
    }

    private static async Task RunInNewProcess(string method, string state)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "Llkd.Students.Tests");
        var start = new ProcessStartInfo(
            OperatingSystem.IsWindows() ? program + ".exe" : program,
            ["--filter-method", $"{typeof(ContinuationTests).FullName}.{method}", "--explicit", "on", "--no-progress"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // A test host may hand its own pipe down; the child must not talk into it.
        foreach (string key in start.Environment.Keys.Where(k => k.StartsWith("TESTINGPLATFORM", StringComparison.OrdinalIgnoreCase)).ToList()) start.Environment.Remove(key);
        start.Environment[FolderVariable] = state;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        string said = await output + await error;
        Assert.True(process.ExitCode == 0 && said.Contains("succeeded: 1", StringComparison.Ordinal), said);
    }
}
