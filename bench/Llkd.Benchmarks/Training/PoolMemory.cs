using System.Diagnostics;
using System.Globalization;
using System.Text;
using Llkd.Numerics;

namespace Llkd.Benchmarks.Training;

/// <summary>
/// `pool-memory LLKD [texts]`: memory and time of `llkd run`, stage by stage, over a pool of ten million texts of 20 words. LLKD is
/// the built command. The texts are made up; labelling by the prototype teacher, the ngram student, one epoch.
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
            var start = new ProcessStartInfo(program, ["run", Path.Combine(folder, "task.yaml"), "--output", Path.Combine(folder, "run")])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            // The collector gives memory back sooner where it knows how much there is.
            start.Environment["DOTNET_GCConserveMemory"] = "5";
            var clock = Stopwatch.StartNew();
            using Process process = Process.Start(start)!;
            var stages = new Stages(process.Id, clock);
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task errors = stages.FollowAsync(process.StandardError);
            while (!process.WaitForExit(500)) stages.Measure();
            await errors.ConfigureAwait(false);
            Console.WriteLine((await output.ConfigureAwait(false)).TrimEnd());
            stages.Write();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{texts:N0} texts, {new FileInfo(Path.Combine(folder, "pool.csv")).Length / 1e9:0.00} GB"));
            return process.ExitCode;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Memory and time of each stage, which the command's progress lines tell apart.</summary>
    private sealed class Stages(int process, Stopwatch clock)
    {
        private readonly Lock _gate = new();
        private readonly List<(string Name, double From, double Own, double Resident)> _stages = [("reading", 0, 0, 0)];

        public async Task FollowAsync(StreamReader lines)
        {
            while (await lines.ReadLineAsync().ConfigureAwait(false) is { } line)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {clock.Elapsed.TotalSeconds,6:0} s: {line}"));
                bool done = line.EndsWith("done", StringComparison.Ordinal);
                // The overview comes when the pool is read.
                if (line.StartsWith("pool-memory:", StringComparison.Ordinal)) Enter("labelling");
                else if (line.StartsWith("labelling", StringComparison.Ordinal)) Enter(done ? "vocabulary and tokens" : "labelling");
                else if (line.StartsWith("training", StringComparison.Ordinal)) Enter(done ? "evaluating" : "training");
            }
        }

        public void Measure()
        {
            double resident = ProcessMemory.Of(process, "VmRSS") / 1e9, own = ProcessMemory.Of(process, "RssAnon") / 1e9;
            lock (_gate)
            {
                (string name, double from, double mostOwn, double mostResident) = _stages[^1];
                _stages[^1] = (name, from, Math.Max(own, mostOwn), Math.Max(resident, mostResident));
            }
        }

        public void Write()
        {
            for (int i = 0; i < _stages.Count; i++)
            {
                (string name, double from, double own, double resident) = _stages[i];
                double to = i + 1 < _stages.Count ? _stages[i + 1].From : clock.Elapsed.TotalSeconds;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-22} {to - from,6:0} s, at most {own:0.00} GB of the process's own, {resident:0.00} GB with pages of mapped files"));
            }
        }

        private void Enter(string stage)
        {
            lock (_gate)
            {
                if (_stages[^1].Name != stage) _stages.Add((stage, clock.Elapsed.TotalSeconds, 0, 0));
            }
            Measure();
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
