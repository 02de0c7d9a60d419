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

    [Fact]
    public void Interrupted_while_it_waits_for_standard_input_it_ends_at_once()
    {
        using LlkdProcess process = LlkdProcess.Start(Place.Folder, "predict", "--model", "out", "--output-format", "jsonl");
        process.Send("crash error\n");
        Assert.StartsWith("{\"text\":\"crash error\"", process.NextLine(TimeSpan.FromSeconds(20)), StringComparison.Ordinal);
        long started = Stopwatch.GetTimestamp();
        process.Interrupt();
        Ended ended = process.Wait().Says(130, "1 row was written to standard output", "start the same command again");
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 10);
        Assert.DoesNotContain("to go on.", ended.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("csv")]
    [InlineData("parquet")]
    public void Interrupted_before_the_first_row_it_says_that_nothing_was_written(string format)
    {
        using LlkdProcess process = LlkdProcess.Start(Place.Folder, "predict", "--model", "out", "--input-format", format, "--output", "never.csv");
        Thread.Sleep(1500);
        process.Interrupt();
        Ended ended = process.Wait().Says(130, "Nothing was written to never.csv", "start the same command again");
        Assert.DoesNotContain("is kept", ended.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Place.Folder, "*never*"));
    }

    [Theory]
    [InlineData("lines", "crash error\n")]
    [InlineData("jsonl", "{\"text\":\"crash error\"}\n")]
    [InlineData("csv", "text\ncrash error\n")]
    public void A_row_of_a_slow_input_is_answered_before_the_next_one_comes(string format, string input)
    {
        using LlkdProcess process = LlkdProcess.Start(
            Place.Folder, "predict", "--model", "out", "--input-format", format, "--output-format", "jsonl");
        for (int i = 0; i < 3; i++)
        {
            process.Send(i == 0 ? input : input[(input.StartsWith("text\n", StringComparison.Ordinal) ? 5 : 0)..]);
            Assert.StartsWith("{\"text\":\"crash error\",\"predicted\":\"bug\",", process.NextLine(TimeSpan.FromSeconds(20)), StringComparison.Ordinal);
        }
        process.EndInput();
        process.Wait().Succeeds();
    }

    [Fact]
    public void Rows_before_a_damaged_one_are_answered_on_standard_output()
    {
        Ended ended = LlkdProcess.Feed(Place.Folder, "crash error\nnot f\0ine\n"u8.ToArray(), "predict", "--model", "out").Says(2, "row 2");
        Assert.StartsWith("text,predicted,confidence\ncrash error,bug,", ended.Output, StringComparison.Ordinal);
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
