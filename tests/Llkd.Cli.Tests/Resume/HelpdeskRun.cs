using Llkd.Cli.Tests.Support;

namespace Llkd.Cli.Tests.Resume;

/// <summary>Half of the help-desk sample's pool with many checkpoints, run once without interruption: what every interrupted run must come to.</summary>
public sealed class HelpdeskRun : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llkd-cli-");

    public HelpdeskRun()
    {
        foreach (string name in new[] { "task.yaml", "validation.csv", "test.csv" }) File.Copy(System.IO.Path.Combine(Sample, name), Path(name));
        // No message of the sample has a line break in it.
        File.WriteAllLines(Path("pool.csv"), File.ReadLines(System.IO.Path.Combine(Sample, "pool.csv")).Take(2001));
        Run("whole").Succeeds();
        (Labels, Weights) = Outcome("whole");
    }

    public string Labels { get; }

    public byte[] Weights { get; }

    public string Path(string name) => System.IO.Path.Combine(_folder.FullName, name);

    internal Ended Run(string output, params IEnumerable<string> more)
    {
        using LlkdProcess process = Start(output, more);
        return process.Wait();
    }

    internal LlkdProcess Start(string output, params IEnumerable<string> more) => LlkdProcess.Start(
        _folder.FullName,
        [
            "run", "task.yaml", "--output", output, "--set", "training.baselines=[]", "--set", "training.epochs=12",
            "--set", "training.checkpointEvery=5", .. more,
        ]);

    /// <summary>A finished run's labels as text, and its weights.</summary>
    public (string Labels, byte[] Weights) Outcome(string output)
    {
        string exported = Path(output + ".csv");
        LlkdProcess.Run(_folder.FullName, "label", Path(output + "/task.resolved.yaml"), "--output", output, "--export", exported).Succeeds();
        return (File.ReadAllText(exported), File.ReadAllBytes(Path(output + "/model/model.safetensors")));
    }

    /// <summary>Sees to it that a run came to the same as the uninterrupted one.</summary>
    public void RequireSame(string output)
    {
        (string labels, byte[] weights) = Outcome(output);
        Assert.Equal(Labels, labels);
        Assert.True(Weights.AsSpan().SequenceEqual(weights), $"The weights in {output} differ from the uninterrupted run's.");
    }

    /// <summary>The newest checkpoint's step; −1 where there is none.</summary>
    public long NewestStep(string output)
    {
        try
        {
            return Directory.GetDirectories(Path(output + "/checkpoints"), "step-*")
                .Select(folder => long.Parse(System.IO.Path.GetFileName(folder)[5..], System.Globalization.CultureInfo.InvariantCulture))
                .DefaultIfEmpty(-1).Max();
        }
        catch (DirectoryNotFoundException)
        {
            return -1;
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static string Sample
    {
        get
        {
            for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                string path = System.IO.Path.Combine(folder.FullName, "samples", "helpdesk");
                if (File.Exists(System.IO.Path.Combine(path, "task.yaml"))) return path;
            }
            throw new DirectoryNotFoundException("samples/helpdesk is not above the test's folder.");
        }
    }
}
