using Llkd.Students.Checkpoints;

namespace Llkd.Students.Tests.Checkpoints;

public sealed class CheckpointStoreTests : IDisposable
{
    private const string Fingerprint = "training.seed: 1\ntraining.epochs: 6";
    private readonly ScratchFolder _temporary = new();

    private string Folder => _temporary["checkpoints"];

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void The_newest_checkpoint_is_found_and_whole()
    {
        var store = new CheckpointStore(Folder, Fingerprint);
        Assert.Null(store.Latest());
        Save(store, 5);
        Save(store, 1_000_000);
        string latest = new CheckpointStore(Folder, Fingerprint).Latest()!;
        Assert.Equal("content of step 1000000", File.ReadAllText(Path.Combine(latest, "data.txt")));
    }

    [Fact]
    public void Two_are_kept()
    {
        var store = new CheckpointStore(Folder, Fingerprint);
        for (int step = 1; step <= 12; step++) Save(store, step);
        Assert.Equal(["step-000000011", "step-000000012"], Names());
    }

    [Fact]
    public void What_a_killed_process_left_half_written_is_removed()
    {
        Save(new CheckpointStore(Folder, Fingerprint), 1);
        Directory.CreateDirectory(Path.Combine(Folder, ".writing"));
        File.WriteAllText(Path.Combine(Folder, ".writing", "data.txt"), "half");
        Assert.EndsWith("step-000000001", new CheckpointStore(Folder, Fingerprint).Latest(), StringComparison.Ordinal);
        Assert.Equal(["step-000000001"], Names());
    }

    [Fact]
    public void A_failure_while_writing_leaves_the_checkpoint_before_and_says_so()
    {
        var store = new CheckpointStore(Folder, Fingerprint);
        Save(store, 1);
        var e = Assert.Throws<RunFailedException>(() => store.Save(2, folder =>
        {
            File.WriteAllText(Path.Combine(folder, "data.txt"), "half");
            throw new IOException("No space left on device.");
        }));
        Assert.Contains("No space left on device.", e.Message, StringComparison.Ordinal);
        Assert.Contains(Folder, e.Message, StringComparison.Ordinal);
        Assert.EndsWith("step-000000001", store.Latest(), StringComparison.Ordinal);
        Save(store, 2);
        Assert.EndsWith("step-000000002", store.Latest(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_of_the_same_step_is_replaced()
    {
        var store = new CheckpointStore(Folder, Fingerprint);
        Save(store, 3);
        store.Save(3, folder => File.WriteAllText(Path.Combine(folder, "data.txt"), "again"));
        Assert.Equal("again", File.ReadAllText(Path.Combine(store.Latest()!, "data.txt")));
        Assert.Equal(["step-000000003"], Names());
    }

    /// <summary>The moment between taking the old one away and putting the new one in its place.</summary>
    [Fact]
    public void A_process_killed_while_it_replaces_a_checkpoint_loses_nothing()
    {
        Save(new CheckpointStore(Folder, Fingerprint), 3);
        Directory.Move(Path.Combine(Folder, "step-000000003"), Path.Combine(Folder, "step-000000003.replaced"));
        Directory.CreateDirectory(Path.Combine(Folder, ".writing"));
        var store = new CheckpointStore(Folder, Fingerprint);
        Assert.Equal("content of step 3", File.ReadAllText(Path.Combine(store.Latest()!, "data.txt")));
        Save(store, 3);
        Assert.Equal(["step-000000003"], Names());
    }

    public static TheoryData<string> Damages => ["changed", "cut", "missing", "no manifest", "empty manifest", "null manifest", "manifest of nothing"];

    [Theory]
    [MemberData(nameof(Damages))]
    public void A_damaged_newest_one_is_passed_over_with_a_warning(string damage)
    {
        Save(new CheckpointStore(Folder, Fingerprint), 1);
        Save(new CheckpointStore(Folder, Fingerprint), 2);
        Damage("step-000000002", damage);
        var store = new CheckpointStore(Folder, Fingerprint);
        Assert.EndsWith("step-000000001", store.Latest(), StringComparison.Ordinal);
        string warning = Assert.Single(store.Warnings);
        Assert.Contains("step-000000002", warning, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public void Where_all_are_damaged_the_error_says_how_to_start_again(string damage)
    {
        Save(new CheckpointStore(Folder, Fingerprint), 1);
        Save(new CheckpointStore(Folder, Fingerprint), 2);
        Damage("step-000000001", damage);
        Damage("step-000000002", damage);
        string message = Assert.Throws<InputException>(() => new CheckpointStore(Folder, Fingerprint).Latest()).Message;
        Assert.Contains(Folder, message, StringComparison.Ordinal);
        Assert.Contains("--restart", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("training.seed: 2\ntraining.epochs: 6", "training.seed: 2 (it was 1)")]
    [InlineData("training.seed: 2\ntraining.epochs: 7", "training.epochs: 7 (it was 6)")]
    [InlineData("training.seed: 1\ntraining.epochs: 6\nholdout: 0.1", "holdout: 0.1")]
    [InlineData("training.seed: 1", "it had training.epochs: 6")]
    public void A_checkpoint_of_another_training_is_refused_with_what_changed(string now, string change)
    {
        Save(new CheckpointStore(Folder, Fingerprint), 1);
        string message = Assert.Throws<InputException>(() => new CheckpointStore(Folder, now).Latest()).Message;
        Assert.Contains(change, message, StringComparison.Ordinal);
        Assert.Contains("--output", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Clearing_leaves_nothing()
    {
        var store = new CheckpointStore(Folder, Fingerprint);
        store.Clear();
        Save(store, 1);
        store.Clear();
        Assert.Null(store.Latest());
    }

    private static void Save(CheckpointStore store, long step) =>
        store.Save(step, folder => File.WriteAllText(Path.Combine(folder, "data.txt"), $"content of step {step}"));

    private void Damage(string name, string damage)
    {
        string data = Path.Combine(Folder, name, "data.txt"), manifest = Path.Combine(Folder, name, "manifest.json");
        switch (damage)
        {
            case "changed": File.WriteAllText(data, "content of step X"); break;
            case "cut": File.WriteAllText(data, "cont"); break;
            case "missing": File.Delete(data); break;
            case "no manifest": File.Delete(manifest); break;
            case "empty manifest": File.WriteAllText(manifest, ""); break;
            case "null manifest": File.WriteAllText(manifest, "null"); break;
            case "manifest of nothing": File.WriteAllText(manifest, "{}"); break;
            default: throw new ArgumentOutOfRangeException(nameof(damage));
        }
    }

    private IEnumerable<string> Names() => Directory.GetFileSystemEntries(Folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);
}
