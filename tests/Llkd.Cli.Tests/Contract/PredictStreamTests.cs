using System.Diagnostics;
using Llkd.Cli.Tests.Support;

namespace Llkd.Cli.Tests.Contract;

/// <summary>`llkd predict` between a slow standard input and a shared standard output.</summary>
public sealed class PredictStreamTests(FinishedRun finished) : IClassFixture<FinishedRun>
{
    private Workplace Place => finished.Place;

    [Fact]
    public void Predictions_into_one_redirected_file_follow_one_another_and_what_else_is_written_there()
    {
        Shell("(echo head; for text in 'crash error' 'invoice refund'; do echo \"$text\" | LLKD predict --model out; done; echo tail) > all.txt");
        string[] lines = File.ReadAllLines(Place["all.txt"]);
        Assert.Equal(
            ["head", "text,predicted,confidence", "crash error,bug", "text,predicted,confidence", "invoice refund,billing", "tail"],
            lines.Select(line => line.Contains("0.", StringComparison.Ordinal) ? line[..line.LastIndexOf(',')] : line));
    }

    [Fact]
    public void Predictions_are_appended_to_a_file_opened_for_that()
    {
        Place.Write("kept.jsonl", "{\"kept\":1}\n");
        Shell("echo 'crash error' | LLKD predict --model out --output-format jsonl >> kept.jsonl");
        string[] lines = File.ReadAllLines(Place["kept.jsonl"]);
        Assert.Equal("{\"kept\":1}", lines[0]);
        Assert.StartsWith("{\"text\":\"crash error\",\"predicted\":\"bug\",", lines[1], StringComparison.Ordinal);
        Assert.Equal(2, lines.Length);
    }

    /// <summary>Runs a line of shell in which LLKD stands for the command.</summary>
    private void Shell(string line)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Needs a POSIX shell.");
        string command = line.Replace("LLKD", LlkdProcess.ShellCommand, StringComparison.Ordinal);
        using Process shell = Process.Start(new ProcessStartInfo("bash", ["-c", command]) { WorkingDirectory = Place.Folder })!;
        Assert.True(shell.WaitForExit(TimeSpan.FromMinutes(2)), line);
        Assert.Equal(0, shell.ExitCode);
    }
}
