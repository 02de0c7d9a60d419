using System.Diagnostics;
using System.Globalization;
using System.Text;
using Llkd.Numerics;

namespace Llkd.Benchmarks.Training;

/// <summary>
/// `pool-memory LLKD [texts]`: memory of `llkd run` over a pool of ten million texts of 20 words. LLKD is the built command. The
/// texts are made up; labelling by the prototype teacher, the ngram student, one epoch.
/// </summary>
internal static class PoolMemory
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        string program = Path.GetFullPath(arguments[0]);
        int texts = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 10_000_000;
        string folder = Directory.CreateTempSubdirectory("llkd-bench-").FullName;
        try
        {
            Write(Path.Combine(folder, "pool.csv"), texts, 1);
            Write(Path.Combine(folder, "validation.csv"), 500, 2);
            await File.WriteAllTextAsync(Path.Combine(folder, "task.yaml"), """
                name: pool-memory
                labels: [low, middle, high]
                data: { pool: pool.csv, validation: validation.csv }
                student: { buckets: 65536 }
                training: { epochs: 1, batchSize: 256 }
                """).ConfigureAwait(false);
            var start = new ProcessStartInfo(program, ["run", Path.Combine(folder, "task.yaml"), "--output", Path.Combine(folder, "run")]) { RedirectStandardOutput = true };
            // The collector gives memory back sooner where it knows how much there is.
            start.Environment["DOTNET_GCConserveMemory"] = "5";
            using Process process = Process.Start(start)!;
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            double most = 0, mostAnonymous = 0;
            long began = Stopwatch.GetTimestamp();
            double nextLine = 0;
            while (!process.WaitForExit(500))
            {
                (double resident, double anonymous) = (ProcessMemory.Of(process.Id, "VmRSS") / 1e9, ProcessMemory.Of(process.Id, "RssAnon") / 1e9);
                most = Math.Max(most, resident);
                mostAnonymous = Math.Max(mostAnonymous, anonymous);
                double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
                if (seconds < nextLine) continue;
                nextLine = seconds + 20;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {seconds,6:0} s: {anonymous,6:0.00} GB of its own, {resident,6:0.00} GB with mapped files"));
            }
            Console.WriteLine((await output.ConfigureAwait(false)).TrimEnd());
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{texts:N0} texts, {new FileInfo(Path.Combine(folder, "pool.csv")).Length / 1e9:0.00} GB: at most {mostAnonymous:0.00} GB of the process's own, {most:0.00} GB with pages of mapped files, which the system takes back when it wants them"));
            return process.ExitCode;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>20 words of 30,000, leaning towards the label's; all texts differ.</summary>
    private static void Write(string path, int texts, int seed)
    {
        var random = new RandomStream(seed, "pool");
        string[] labels = ["low", "middle", "high"];
        using var writer = new StreamWriter(path, append: false, new UTF8Encoding(false), 1 << 20);
        writer.Write("text,label\n");
        for (int i = 0; i < texts; i++)
        {
            int label = random.NextInt32(3);
            for (int word = 0; word < 20; word++)
            {
                int place = random.NextInt32(3) == 0 ? label * 10_000 + random.NextInt32(10_000) : random.NextInt32(30_000);
                if (word > 0) writer.Write(' ');
                writer.Write('w');
                writer.Write(place);
            }
            writer.Write(',');
            writer.Write(labels[label]);
            writer.Write('\n');
        }
    }
}
