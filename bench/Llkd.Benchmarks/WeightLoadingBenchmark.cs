using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using Llkd.Students.Transformer;
using Llkd.Students.Weights;

namespace Llkd.Benchmarks;

/// <summary>
/// 500 MB of safetensors from a warm cache: the values into memory that is there already, and the whole of a
/// RoBERTa-base-sized student from its folder (random weights; libtorch is loaded before).
/// </summary>
[SimpleJob(RunStrategy.Monitoring, launchCount: 1, warmupCount: 2, iterationCount: 10)]
public class WeightLoadingBenchmark
{
    private string _folder = "";

    [GlobalSetup]
    public void Setup()
    {
        _folder = Directory.CreateTempSubdirectory("llkd-benchmark-").FullName;
        var options = new TransformerOptions { Layers = 12, Hidden = 768, Heads = 12, MaxLength = 512, Vocabulary = 300 };
        string[] labels = ["yes", "no"];
        string small = Directory.CreateDirectory(Path.Combine(_folder, "small")).FullName;
        using (TransformerStudent student = TransformerStudent.Create(["a few words"], options, labels)) student.SaveModel(small, labels);
        // The vocabulary of the file is RoBERTa's 50,265 rows; the tokenizer's is small.
        List<NamedTensor> tensors = [.. Safetensors.Load(Path.Combine(small, "model.safetensors")).Values];
        int words = tensors.FindIndex(tensor => tensor.Name.EndsWith("word_embeddings.weight", StringComparison.Ordinal));
        tensors[words] = tensors[words] with { Shape = [50265, 768], Data = new float[50265 * 768] };
        foreach (string file in Directory.EnumerateFiles(small)) File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        Safetensors.Save(Path.Combine(_folder, "model.safetensors"), tensors);
        string config = Path.Combine(_folder, "config.json");
        File.WriteAllText(config, System.Text.RegularExpressions.Regex.Replace(File.ReadAllText(config), "\"vocab_size\": [0-9]+", "\"vocab_size\": 50265"));
        Directory.Delete(small, recursive: true);
        Console.WriteLine($"// {new FileInfo(Path.Combine(_folder, "model.safetensors")).Length / 1e6:0} MB");
    }

    [GlobalCleanup]
    public void Cleanup() => Directory.Delete(_folder, recursive: true);

    /// <summary>The file's bytes into one new array.</summary>
    [Benchmark(Baseline = true)]
    public int ReadAllBytes() => File.ReadAllBytes(Path.Combine(_folder, "model.safetensors")).Length;

    [Benchmark]
    public long WholeStudent()
    {
        using TransformerStudent student = TransformerStudent.LoadModel(_folder);
        return student.WeightCount;
    }

    [Benchmark]
    public int TensorsIntoArrays() => Safetensors.Load(Path.Combine(_folder, "model.safetensors")).Count;
}
