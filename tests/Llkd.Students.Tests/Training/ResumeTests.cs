namespace Llkd.Students.Tests.Training;

public sealed class ResumeTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// 60 steps, 15 an epoch, checkpoints every 4. Killed before the first checkpoint, between two, on one, in the last
    /// step of an epoch and in the first of the next, twice in the same place; and asked to stop, which keeps that step.
    /// </summary>
    [Theory]
    [InlineData("llkd")]
    [InlineData("llkd-w")]
    [InlineData("llkd+regroup")]
    [InlineData("llkd-w+teacher-first")]
    [InlineData("random")]
    [InlineData("flexmatch")]
    [InlineData("freeal")]
    public void A_run_stopped_again_and_again_ends_with_the_same_bits_as_one_that_was_not(string method)
    {
        Assert.Equal(0, TraineeProcess.Run(method, _folder["whole checkpoints"], _folder["whole"], "through"));
        foreach (string stop in new[] { "kill:2", "kill:6", "kill:8", "cancel:9", "kill:15", "kill:16", "cancel:30", "kill:47", "kill:47", "cancel:59" })
        {
            int status = TraineeProcess.Run(method, _folder["checkpoints"], _folder["stopped"], stop);
            Assert.Equal(stop.StartsWith("kill", StringComparison.Ordinal) ? 137 : 130, status);
            Assert.False(Directory.Exists(_folder["stopped"]));
        }
        Assert.Equal(0, TraineeProcess.Run(method, _folder["checkpoints"], _folder["stopped"], "through"));
        AssertSame();

        // And a run that is finished gives the same once more.
        Assert.Equal(0, TraineeProcess.Run(method, _folder["checkpoints"], _folder["stopped"], "through"));
        AssertSame();
    }

    private void AssertSame()
    {
        string[] names = [.. Directory.GetFiles(_folder["whole"]).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
        Assert.Equal(["buckets.txt", "config.json", "history.json", "model.safetensors", "student.json", "student.safetensors"], names);
        Assert.All(names, name => Assert.Equal(
            File.ReadAllBytes(Path.Combine(_folder["whole"], name)), File.ReadAllBytes(Path.Combine(_folder["stopped"], name))));
    }
}
