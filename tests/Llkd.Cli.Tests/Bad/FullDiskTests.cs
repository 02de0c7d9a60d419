using System.Diagnostics;
using Llkd.Cli.Tests.Support;

namespace Llkd.Cli.Tests.Bad;

/// <summary>A full disk ends the run with status 1, loses nothing, and once there is room the same command finishes.</summary>
public sealed class FullDiskTests : IDisposable
{
    private readonly Workplace _place = new(training: "epochs: 3, batchSize: 64", pool: 3000);
    private bool _mounted;

    public void Dispose()
    {
        if (_mounted) Shell("umount", _place["disk"]);
        _place.Dispose();
    }

    [Fact]
    public void While_labelling_the_labels_committed_so_far_are_kept()
    {
        Mount("400k");
        Run().Says(1, "labels.db", "full");
        Assert.Equal(0, Shell("mount", "-o", "remount,size=50m", _place["disk"]));
        Ended ended = Run().Succeeds();
        Assert.Matches(@"[1-9][0-9,]* answers were in the journal already", ended.Error);
        RequireSameAsElsewhere();
    }

    [Theory]
    [InlineData(8)]
    [InlineData(150)]
    [InlineData(400)]
    [InlineData(700)]
    public void After_labelling_the_labels_are_kept_whatever_could_not_be_written(int kilobytesLeft)
    {
        Mount("20m");
        _place.Llkd("label", "task.yaml", "--output", "disk/out").Succeeds();
        Fill(kilobytesLeft);
        Ended failed = Run();
        failed.Says(1, "disk/out");
        Assert.Contains("the same command", failed.Error, StringComparison.Ordinal);
        File.Delete(_place["disk/filler"]);
        Run().Says(0, "3,045 answers were in the journal already");
        RequireSameAsElsewhere();
    }

    [Fact]
    public void A_finished_run_survives_that_its_report_cannot_be_written_again()
    {
        Mount("20m");
        Run().Succeeds();
        byte[] report = File.ReadAllBytes(_place["disk/out/report.html"]), weights = File.ReadAllBytes(_place["disk/out/model/model.safetensors"]);
        Fill(4);
        _place.Llkd("report", "disk/out").Says(1, "report.html");
        _place.Llkd("evaluate", "disk/out").Says(1);
        Run().Says(1);
        Assert.Equal(report, File.ReadAllBytes(_place["disk/out/report.html"]));
        Assert.Equal(weights, File.ReadAllBytes(_place["disk/out/model/model.safetensors"]));
        File.Delete(_place["disk/filler"]);
        Run().Succeeds();
    }

    [Fact]
    public void Predictions_that_do_not_fit_end_with_1_and_leave_no_half_file()
    {
        _place.Run().Succeeds();
        Mount("64k");
        _place.Llkd("predict", "--model", "out", "--input", "pool.csv", "--output", "disk/predicted.csv").Says(1, "predicted.csv");
        Assert.Empty(Directory.GetFileSystemEntries(_place["disk"]));
    }

    private Ended Run() => _place.Llkd("run", "task.yaml", "--output", "disk/out");

    private void RequireSameAsElsewhere()
    {
        _place.Run().Succeeds();
        Assert.Equal(_place.Weights(), File.ReadAllBytes(_place["disk/out/model/model.safetensors"]));
    }

    private void Mount(string size)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Mounting a small disk needs root on Linux.");
        Directory.CreateDirectory(_place["disk"]);
        _mounted = Shell("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", _place["disk"]) == 0;
        Assert.SkipUnless(_mounted, "A tmpfs cannot be mounted here.");
    }

    /// <summary>Leaves about so much room.</summary>
    private void Fill(int kilobytesLeft)
    {
        using FileStream filler = File.Create(_place["disk/filler"]);
        long room = new DriveInfo(_place["disk"]).AvailableFreeSpace - kilobytesLeft * 1024L;
        byte[] block = new byte[4096];
        for (long written = 0; written + block.Length <= room; written += block.Length) filler.Write(block);
    }

    private static int Shell(string command, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
