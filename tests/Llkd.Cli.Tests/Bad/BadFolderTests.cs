using Llkd.Cli.Tests.Support;

namespace Llkd.Cli.Tests.Bad;

/// <summary>Output folders that cannot be used, and runs whose files were damaged.</summary>
public sealed class BadFolderTests : IDisposable
{
    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void A_folder_of_another_task_is_refused_and_left_as_it_is()
    {
        _place.Run().Succeeds();
        byte[] weights = _place.Weights();
        _place.WriteTask(name: "other");
        _place.Run().Says(2, "`small`", "`other`", "--output");
        Assert.Equal(weights, _place.Weights());
    }

    [Fact]
    public void A_folder_that_holds_something_else_is_refused_and_nothing_is_written_there()
    {
        Directory.CreateDirectory(_place["out"]);
        _place.Write("out/thesis.txt", "years of work");
        _place.Run().Says(2, "holds no run", "--output");
        Assert.Equal(["thesis.txt"], Directory.GetFileSystemEntries(_place["out"]).Select(Path.GetFileName));
    }

    [Fact]
    public void An_output_that_is_a_file_is_refused()
    {
        _place.Write("out", "a file");
        _place.Run().Says(2, "is a file");
    }

    [Fact]
    public void What_a_kill_leaves_before_the_first_file_is_whole_is_no_obstacle()
    {
        Directory.CreateDirectory(_place["out"]);
        _place.Write("out/.lock", "");
        _place.Write("out/.task.resolved.yaml.abcdefgh.tmp", "name: sm");
        _place.Run().Succeeds();
    }

    [Fact]
    public async Task A_second_process_in_the_folder_is_refused_while_the_first_works()
    {
        using LlkdProcess first = LlkdProcess.Start(_place.Folder, "run", "task.yaml", "--output", "out", "--set", "training.epochs=3000");
        while (!Directory.Exists(_place["out/checkpoints"]) && !first.HasExited) await Task.Delay(20, TestContext.Current.CancellationToken);
        _place.Run().Says(2, "in use", "--output");
        Assert.False(first.HasExited);
        first.Kill();
    }

    [Fact]
    public void A_damaged_newest_checkpoint_is_passed_over_with_a_warning()
    {
        _place.Run().Succeeds();
        byte[] weights = _place.Weights();
        string[] checkpoints = Checkpoints();
        Assert.Equal(2, checkpoints.Length);
        Damage(Path.Combine(checkpoints[1], "student.safetensors"));
        _place.Run().Says(0, "warning:", Path.GetFileName(checkpoints[1]), "damaged", "student.safetensors");
        Assert.Equal(weights, _place.Weights());
    }

    [Fact]
    public void Damaged_checkpoints_throughout_are_refused_until_restart_and_labels_are_kept()
    {
        _place.Run().Succeeds();
        byte[] weights = _place.Weights();
        foreach (string checkpoint in Checkpoints()) File.Delete(Path.Combine(checkpoint, "trainer.json"));
        _place.Run().Says(2, "All checkpoints", "--restart");
        Assert.Equal(weights, _place.Weights());
        _place.Run("--restart").Says(0, "in the journal already");
        Assert.Equal(weights, _place.Weights());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4096)]
    public void A_damaged_journal_is_refused_and_left_as_it_is(int offset)
    {
        _place.Run().Succeeds();
        using (FileStream file = File.OpenWrite(_place["out/labels.db"]))
        {
            file.Position = offset;
            file.Write(Enumerable.Repeat((byte)0x5A, 4096).ToArray());
        }
        byte[] damaged = File.ReadAllBytes(_place["out/labels.db"]);
        _place.Run().Says(2, "labels.db", "damaged", "backup");
        Assert.Equal(damaged, File.ReadAllBytes(_place["out/labels.db"]));
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("buckets.txt")]
    [InlineData("config.json")]
    public void A_truncated_model_folder_is_refused_by_predict(string file)
    {
        _place.Run().Succeeds();
        string path = _place["out/model/" + file];
        byte[] whole = File.ReadAllBytes(path);
        File.WriteAllBytes(path, whole[..(whole.Length / 2)]);
        _place.Llkd("predict", "--model", "out", "--input", "test.csv").Says(2, "out/model");
        File.Delete(path);
        _place.Llkd("predict", "--model", "out", "--input", "test.csv").Says(2, "out/model", file);
    }

    [Fact]
    public void Changed_training_settings_are_named_and_restart_trains_again_on_the_same_labels()
    {
        _place.Run().Succeeds();
        byte[] weights = _place.Weights();
        _place.Run("--set", "training.seed=7", "--set", "training.epochs=4")
            .Says(2, "training.seed: 7 (it was 1)", "training.epochs: 4 (it was 3)", "--restart");
        Assert.Equal(weights, _place.Weights());
        _place.Run("--set", "training.seed=7", "--restart").Says(0, "285 answers were in the journal already");
        Assert.NotEqual(weights, _place.Weights());
    }

    [Fact]
    public void A_changed_pool_is_told_in_words()
    {
        _place.Run().Succeeds();
        File.AppendAllText(_place["pool.csv"], "new,the card was charged twice,billing\n");
        Ended ended = _place.Run().Says(2, "pool", "--restart");
        Assert.DoesNotMatch("[0-9a-f]{16}", ended.Error);
    }

    [Fact]
    public void A_damaged_training_record_is_named()
    {
        _place.Run().Succeeds();
        _place.Write("out/training.json", "{ \"method\": ");
        _place.Llkd("evaluate", "out").Says(2, "training.json", "damaged");
        _place.Write("out/training.json", "{}");
        _place.Llkd("evaluate", "out").Says(2, "training.json", "damaged");
    }

    private string[] Checkpoints() => [.. Directory.GetDirectories(_place["out/checkpoints"]).Order(StringComparer.Ordinal)];

    private static void Damage(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
    }
}
