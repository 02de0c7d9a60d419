using System.Diagnostics;
using System.Globalization;
using Llkd.Students.Transformer;
using Llkd.Students.Weights;

namespace Llkd.Benchmarks.Weights;

/// <summary>
/// `loading`: 500 MB of safetensors from a warm cache, in turns: the file's bytes into one array, the tensors into arrays, and the whole
/// of a RoBERTa-base-sized student from its folder (random weights; libtorch is loaded before). Writes 1 GB to the temporary folder.
/// </summary>
internal static class WeightLoadingTimes
{
    private const int Rounds = 11;

    public static void Run()
    {
        string folder = Directory.CreateTempSubdirectory("llkd-bench-").FullName;
        try
        {
            Write(folder);
            string file = Path.Combine(folder, "model.safetensors");
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{new FileInfo(file).Length / 1e6:0} MB from a warm cache, {Environment.ProcessorCount} cores, {Rounds} rounds in turns:"));
            (string Name, Action Load)[] rivals =
            [
                ("File.ReadAllBytes", () => File.ReadAllBytes(file)),
                ("tensors into arrays", () => Safetensors.Load(file)),
                ("a student, ready to run", () => TransformerStudent.LoadModel(folder).Dispose()),
            ];
            var times = rivals.Select(_ => new double[Rounds]).ToArray();
            for (int round = -1; round < Rounds; round++)
            {
                for (int r = 0; r < rivals.Length; r++)
                {
                    // What the one before has left behind is not this one's to clear away.
                    GC.Collect();
                    long start = Stopwatch.GetTimestamp();
                    rivals[r].Load();
                    if (round >= 0) times[r][round] = Stopwatch.GetElapsedTime(start).TotalSeconds;
                }
            }
            for (int r = 0; r < rivals.Length; r++)
            {
                Array.Sort(times[r]);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {rivals[r].Name,-24} median {times[r][Rounds / 2]:0.000} s, {times[r][0]:0.000} to {times[r][^1]:0.000} s"));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Write(string folder)
    {
        var options = new TransformerOptions { Layers = 12, Hidden = 768, Heads = 12, MaxLength = 512, Vocabulary = 300 };
        string[] labels = ["yes", "no"];
        string small = Directory.CreateDirectory(Path.Combine(folder, "small")).FullName;
        using (TransformerStudent student = TransformerStudent.Create(["a few words"], options, labels)) student.SaveModel(small, labels);
        // The vocabulary of the file is RoBERTa's 50,265 rows; the tokenizer's is small.
        List<NamedTensor> tensors = [.. Safetensors.Load(Path.Combine(small, "model.safetensors")).Values];
        int words = tensors.FindIndex(tensor => tensor.Name.EndsWith("word_embeddings.weight", StringComparison.Ordinal));
        tensors[words] = tensors[words] with { Shape = [50265, 768], Data = new float[50265 * 768] };
        foreach (string file in Directory.EnumerateFiles(small)) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        Safetensors.Save(Path.Combine(folder, "model.safetensors"), tensors);
        string config = Path.Combine(folder, "config.json");
        File.WriteAllText(config, System.Text.RegularExpressions.Regex.Replace(File.ReadAllText(config), "\"vocab_size\": [0-9]+", "\"vocab_size\": 50265"));
        Directory.Delete(small, recursive: true);
    }
}
