using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace Llkd.Students.Checkpoints;

/// <summary>
/// Checkpoints of one training run: folders named by step, each with a manifest of its files' SHA-256. A checkpoint is
/// written into a temporary folder, flushed to disk and renamed, so that a kill leaves either all of it or nothing;
/// the newest two are kept.
/// </summary>
public sealed class CheckpointStore
{
    private const string Manifest = "manifest.json";
    private const string Temporary = ".writing";
    private const string Replaced = ".replaced";
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };
    private readonly string _folder;
    private readonly string _fingerprint;

    /// <summary>Opens the folder, and removes what a killed process left half written.</summary>
    /// <param name="folder">Folder of the checkpoints; created when the first one is written.</param>
    /// <param name="fingerprint">Everything that shapes the training, one `key: value` a line; a checkpoint of another training is refused.</param>
    /// <exception cref="RunFailedException">The half-written one cannot be removed.</exception>
    public CheckpointStore(string folder, string fingerprint)
    {
        _folder = folder;
        _fingerprint = fingerprint;
        try
        {
            Fresh(Path.Combine(folder, Temporary));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RunFailedException($"{folder} cannot be written to: {e.Message} Make it writable and run the same command again.", e);
        }
    }

    /// <summary>What was wrong with checkpoints that were passed over.</summary>
    public IList<string> Warnings { get; } = [];

    /// <summary>A fingerprint's value for something too long to be shown; a difference in it is told as "has changed".</summary>
    public static string Hashed(ReadOnlySpan<byte> hash) => "#" + Convert.ToHexStringLower(hash);

    /// <summary>Writes a checkpoint.</summary>
    /// <param name="step">Training step it stands at.</param>
    /// <param name="write">Fills a folder.</param>
    /// <exception cref="RunFailedException">The disk is full or fails; the checkpoint before is untouched.</exception>
    public void Save(long step, Action<string> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        string temporary = Path.Combine(_folder, Temporary);
        string final = Path.Combine(_folder, Name(step));
        try
        {
            Directory.CreateDirectory(Fresh(temporary));
            write(temporary);
            var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (string path in Directory.GetFiles(temporary)) files.Add(Path.GetFileName(path), HashAndFlush(path));
            string manifest = Path.Combine(temporary, Manifest);
            File.WriteAllText(manifest, JsonSerializer.Serialize(new ManifestRecord(step, _fingerprint, files), Json));
            HashAndFlush(manifest);
            // A checkpoint of the same step stays one, under a name that sorts behind it, until the new one is there.
            if (Directory.Exists(final)) Directory.Move(final, Fresh(final + Replaced));
            Directory.Move(temporary, final);
            if (Directory.Exists(final + Replaced)) Directory.Delete(final + Replaced, recursive: true);
            foreach (string old in Folders().SkipLast(2)) Directory.Delete(old, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Discard(temporary);
            throw new RunFailedException(
                $"The checkpoint at step {step} could not be written to {_folder}: {e.Message} "
                + "The checkpoint before it is kept; make room and run the same command again to go on from there.", e);
        }
    }

    /// <summary>The newest checkpoint whose files are whole; null where there is none.</summary>
    /// <exception cref="InputException">It belongs to another training, or there are checkpoints and all are damaged.</exception>
    public string? Latest()
    {
        string[] folders = Folders();
        var damaged = new List<string>();
        foreach (string folder in folders.Reverse())
        {
            if (Problem(folder, out ManifestRecord? manifest) is { } problem)
            {
                damaged.Add($"{folder} is damaged ({problem})");
                continue;
            }
            if (manifest!.Fingerprint != _fingerprint)
                throw new InputException(
                    $"{_folder} holds checkpoints of another training: {Difference(manifest.Fingerprint)}. "
                    + "Use another --output, or --restart to train again (labels are kept).");
            foreach (string passed in damaged) Warnings.Add($"{passed}; the checkpoint before it is used.");
            return folder;
        }
        if (folders.Length == 0) return null;
        throw new InputException(
            $"All checkpoints in {_folder} are damaged: {string.Join("; ", damaged)}. Use --restart to train again (labels are kept).");
    }

    /// <summary>Deletes all checkpoints.</summary>
    public void Clear()
    {
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }

    /// <summary>The path, with nothing there.</summary>
    private static string Fresh(string folder)
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        return folder;
    }

    private static string Name(long step) => "step-" + step.ToString("D9", CultureInfo.InvariantCulture);

    private string[] Folders() => Directory.Exists(_folder)
        ? [.. Directory.GetDirectories(_folder, "step-*").Order(StringComparer.Ordinal)]
        : [];

    private static void Discard(string temporary)
    {
        try
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Why the checkpoint failed says more; the next start removes what is left.
        }
    }

    private static string? Problem(string folder, out ManifestRecord? manifest)
    {
        manifest = null;
        try
        {
            manifest = JsonSerializer.Deserialize<ManifestRecord>(File.ReadAllText(Path.Combine(folder, Manifest)), Json);
            if (manifest?.Files is null || manifest.Fingerprint is null) return $"{Manifest} is empty";
            foreach ((string name, string hash) in manifest.Files)
            {
                using FileStream file = File.OpenRead(Path.Combine(folder, Path.GetFileName(name)));
                if (Convert.ToHexStringLower(SHA256.HashData(file)) != hash) return $"{name} has changed since it was written";
            }
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return e.Message;
        }
    }

    private static string HashAndFlush(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        string hash = Convert.ToHexStringLower(SHA256.HashData(file));
        file.Flush(flushToDisk: true);
        return hash;
    }

    /// <summary>The first lines in which two fingerprints differ, in words.</summary>
    private string Difference(string other)
    {
        string[] now = _fingerprint.Split('\n'), then = other.Split('\n');
        string[] changed = [.. now.Except(then).Take(3).Select(line =>
        {
            string key = line.Split(": ")[0];
            string? before = then.FirstOrDefault(l => l.StartsWith(key + ": ", StringComparison.Ordinal));
            if (line.StartsWith(key + ": #", StringComparison.Ordinal)) return $"the {key} changed";
            return before is null ? line : $"{line} (it was {before[(key.Length + 2)..]})";
        })];
        if (changed.Length == 0) changed = [.. then.Except(now).Take(3).Select(line => $"it had {line}")];
        return changed.Length > 0 ? string.Join("; ", changed) : "its settings stand in another order";
    }

    private sealed record ManifestRecord(long Step, string Fingerprint, IReadOnlyDictionary<string, string> Files);
}
