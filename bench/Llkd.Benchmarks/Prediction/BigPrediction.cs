using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Llkd.Documents;

namespace Llkd.Benchmarks.Prediction;

/// <summary>
/// `big-predict MODEL [bytes] [folder of tables]`: writes a big table, labels it with `llkd predict`, kills that in the
/// middle, starts it again, and checks that every row is answered once and in order. Tells the resident memory on the way.
/// </summary>
internal static class BigPrediction
{
    /// <summary>Shares of the rows after which the memory is told.</summary>
    private static readonly double[] Shares = [0.01, 0.25, 0.5, 0.75, 0.99];

    public static async Task<int> RunAsync(string[] arguments)
    {
        string model = arguments[0];
        long bytes = arguments.Length > 1 ? long.Parse(arguments[1], CultureInfo.InvariantCulture) : 2_000_000_000;
        string texts = arguments.Length > 2 ? arguments[2] : Path.Combine("..", "shared", "data");
        string folder = Directory.CreateTempSubdirectory("llkd-bench-").FullName;
        try
        {
            string input = Path.Combine(folder, "big.csv"), output = Path.Combine(folder, "labelled.csv");
            long rows = BigTable.Write(input, bytes, texts);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rows:N0} rows, {new FileInfo(input).Length:N0} bytes"));
            long start = Stopwatch.GetTimestamp();
            long done = await RunOnceAsync(model, input, output, rows, killAt: rows / 2).ConfigureAwait(false);
            string how = done < rows ? "killed" : "ended before it could be killed,";
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{how} after {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s with {done:N0} rows recorded"));
            await RunOnceAsync(model, input, output, rows, killAt: long.MaxValue).ConfigureAwait(false);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"done after {seconds:0} s: {rows / seconds:N0} rows and {bytes / seconds / 1e6:0.0} MB a second"));
            Check(input, output, rows);
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<long> RunOnceAsync(string model, string input, string output, long rows, long killAt)
    {
        using Process process = Process.Start(new ProcessStartInfo(LlkdCommand.Path, ["predict", "--model", model, "--input", input, "--output", output])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        }) ?? throw new InvalidOperationException("llkd did not start.");
        Task<string> errors = process.StandardError.ReadToEndAsync(), told = process.StandardOutput.ReadToEndAsync();
        string record = Path.Combine(Path.GetDirectoryName(output)!, $".{Path.GetFileName(output)}.partial.json");
        long done = Rows(record), memory = 0, peak = 0;
        var marks = new Queue<double>(Shares.Where(share => share * rows > done));
        while (!process.HasExited)
        {
            await Task.Delay(50).ConfigureAwait(false);
            done = Math.Max(done, Rows(record));
            if (ProcessMemory.Of(process.Id, "VmRSS") is > 0 and var now) memory = now;
            if (ProcessMemory.Of(process.Id, "VmHWM") is > 0 and var most) peak = most;
            for (; marks.Count > 0 && done >= marks.Peek() * rows; marks.Dequeue())
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {marks.Peek(),4:P0}: {done,12:N0} rows, resident {memory / 1e6:N0} MB, most so far {peak / 1e6:N0} MB"));
            if (done < killAt) continue;
            process.Kill();
            await process.WaitForExitAsync().ConfigureAwait(false);
            await Task.WhenAll(errors, told).ConfigureAwait(false);
            return done;
        }
        await process.WaitForExitAsync().ConfigureAwait(false);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  ended: resident {memory / 1e6:N0} MB, most {peak / 1e6:N0} MB"));
        if (process.ExitCode != 0) throw new RunFailedException($"llkd predict ended with {process.ExitCode}: {await errors.ConfigureAwait(false)}");
        return rows;
    }

    private static long Rows(string record)
    {
        try
        {
            if (!File.Exists(record)) return 0;
            using JsonDocument json = JsonDocument.Parse(File.ReadAllText(record));
            return json.RootElement.GetProperty("rows").GetInt64();
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static void Check(string input, string output, long rows)
    {
        using ITable asked = Table.Open(input), answered = Table.Open(output);
        long row = 0;
        for (; asked.Read(); row++)
        {
            if (!answered.Read()) throw new RunFailedException($"The output ends after {row} of {rows} rows.");
            if (answered[0] != asked[0] || answered[1] != asked[1] || string.IsNullOrEmpty(answered[2]))
                throw new RunFailedException($"Row {row + 1} is not the input's, or has no answer.");
        }
        if (answered.Read() || row != rows) throw new RunFailedException($"The output has more than {rows} rows.");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{row:N0} rows are all there, in order, each with an answer"));
    }
}
