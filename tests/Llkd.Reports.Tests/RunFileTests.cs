using System.Text;
using CsCheck;
using Llkd.Runs;

namespace Llkd.Reports.Tests;

public sealed class RunFileTests
{
    [Fact]
    public void Any_record_comes_back_as_it_was()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "run.json"), again = Path.Combine(folder.Path, "again.json");
        GenRun.Run.Sample(run =>
        {
            RunFile.Save(run, path);
            var loaded = RunFile.Load(path);
            RunFile.Save(loaded, again);
            // A lone surrogate cannot stand in UTF-8 and becomes U+FFFD, at first in its escaped form; all else is the same.
            Assert.Equal(File.ReadAllText(path).Replace("\\uFFFD", "\uFFFD", StringComparison.Ordinal), File.ReadAllText(again));
            Assert.Equal(HtmlReport.Render(run), HtmlReport.Render(loaded));
        }, iter: 80, threads: 1);
    }

    [Fact]
    public void Every_value_comes_back_bit_for_bit()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "run.json");
        var run = SampleRuns.All["chinese"];
        RunFile.Save(run, path);
        Assert.Equivalent(run, RunFile.Load(path), strict: true);
        run = run with { Method = run.Method with { Curve = [new(1, 0.1, 2, 1.0 / 3, Math.PI, double.NaN, true), new(2, double.Epsilon, 3, -0.0, double.MaxValue, double.PositiveInfinity, false)] } };
        RunFile.Save(run, path);
        Assert.Equal(run.Method.Curve, RunFile.Load(path).Method.Curve);
    }

    [Fact]
    public void Field_names_are_camel_case_and_texts_are_readable()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "run.json");
        RunFile.Save(SampleRuns.All["chinese"], path);
        string json = File.ReadAllText(path);
        Assert.StartsWith("{\"productVersion\":\"0.1.0\",\"finished\":\"2026-11-23T15:04:05+01:00\"", json, StringComparison.Ordinal);
        Assert.Contains("喜悦", json, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"labels\":null}")]
    [InlineData("not json at all")]
    public void A_broken_file_is_named(string content)
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "run.json");
        File.WriteAllText(path, content);
        Assert.Contains(path, Assert.Throws<InputException>(() => RunFile.Load(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_a_missing_folder_and_a_folder_are_named()
    {
        using var folder = new TemporaryFolder();
        foreach (string path in new[] { Path.Combine(folder.Path, "run.json"), Path.Combine(folder.Path, "none", "run.json"), folder.Path })
            Assert.Contains(path, Assert.Throws<InputException>(() => RunFile.Load(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"labels\":[\"sadness\"", "\"labels\":[null")]
    [InlineData("\"curve\":[", "\"curve\":[null,")]
    [InlineData("\"confusion\":[", "\"confusion\":[null,")]
    [InlineData("\"selected\":[[", "\"selected\":[[1,")]
    [InlineData("\"task\":\"emotions\"", "\"task\":null")]
    [InlineData("\"task\":\"emotions\"", "\"job\":\"emotions\"")]
    [InlineData("\"seed\":1", "\"seed\":1.5")]
    public void A_record_with_a_hole_in_it_is_refused(string from, string to)
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "run.json");
        RunFile.Save(SampleRuns.All["six"], path);
        string json = File.ReadAllText(path);
        int at = json.IndexOf(from, StringComparison.Ordinal);
        Assert.True(at >= 0);
        File.WriteAllText(path, string.Concat(json.AsSpan(0, at), to, json.AsSpan(at + from.Length)));
        Assert.Throws<InputException>(() => RunFile.Load(path));
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "run.json");
        RunFile.Save(SampleRuns.All["two"], path);
        byte[] whole = File.ReadAllBytes(path);
        Gen.Int[0, whole.Length - 1].Sample(length =>
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Throws<InputException>(() => RunFile.Load(path));
        }, iter: 100, threads: 1);
    }

    [Fact]
    public void Fields_of_a_later_version_are_passed_over()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "run.json");
        RunFile.Save(SampleRuns.All["two"], path);
        File.WriteAllText(path, "{\"later\":{\"x\":[1]}," + File.ReadAllText(path)[1..]);
        Assert.Equal(SampleRuns.All["two"].Task, RunFile.Load(path).Task);
    }
}
