using System.Text;
using Llkd.Cli.Tests.Support;

namespace Llkd.Cli.Tests.Contract;

/// <summary>`llkd predict` on a large file, stopped on its way.</summary>
public sealed class PredictResumeTests
{
    [Theory]
    [InlineData("labelled.csv")]
    [InlineData("labelled.jsonl")]
    public void Killed_or_interrupted_it_goes_on_and_ends_with_the_same_table(string output)
    {
        using var place = new Workplace();
        place.Run().Succeeds();
        Write(place, 100_000);
        place.Llkd("predict", "--model", "out", "--input", "big.csv", "--output", "whole" + output).Succeeds();
        string partial = place[$".{output}.partial"], record = partial + ".json";
        Go(place, output, () => File.Exists(record), process => process.Kill());
        Assert.False(File.Exists(place[output]));
        long kept = new FileInfo(partial).Length;
        Assert.True(kept > 0);
        Ended? interrupted = Go(place, output, () => new FileInfo(partial).Length > kept + 200_000, process => process.Interrupt());
        interrupted!.Says(130, "Going on after the", "run the same command again to go on");
        Ended ended = place.Llkd("predict", "--model", "out", "--input", "big.csv", "--output", output).Succeeds();
        Assert.Contains("Going on after the", ended.Error, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(place["whole" + output]), File.ReadAllBytes(place[output]));
        Assert.Empty(Directory.GetFiles(place.Folder, ".*"));
    }

    [Fact]
    public void A_changed_input_begins_anew()
    {
        using var place = new Workplace();
        place.Run().Succeeds();
        Write(place, 100_000);
        Go(place, "labelled.csv", () => File.Exists(place[".labelled.csv.partial.json"]), process => process.Kill());
        Write(place, 1000);
        Ended ended = place.Llkd("predict", "--model", "out", "--input", "big.csv", "--output", "labelled.csv").Succeeds();
        Assert.DoesNotContain("Going on", ended.Error, StringComparison.Ordinal);
        Assert.Equal(1001, File.ReadLines(place["labelled.csv"]).Count());
    }

    /// <summary>Starts it, waits for a moment on its way, and ends it; null where it was over before.</summary>
    private static Ended? Go(Workplace place, string output, Func<bool> moment, Action<LlkdProcess> end)
    {
        using LlkdProcess process = LlkdProcess.Start(place.Folder, "predict", "--model", "out", "--input", "big.csv", "--output", output);
        while (!moment() && !process.HasExited) Thread.Sleep(20);
        Assert.False(process.HasExited, "It was over too early; the input must be larger.");
        end(process);
        return process.HasExited && !File.Exists(place[$".{output}.partial"]) ? null : process.Wait();
    }

    private static void Write(Workplace place, int rows)
    {
        var table = new StringBuilder("id,text\n");
        for (int i = 0; i < rows; i++)
            table.Append(System.Globalization.CultureInfo.InvariantCulture, $"{i},\"please look at the invoice {i}, it shows an error and my password {i * 7919 % 1000} was locked again today when the team tried to help with the page and the card\"\n");
        place.Write("big.csv", table.ToString());
    }
}
