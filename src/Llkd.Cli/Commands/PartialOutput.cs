using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Llkd.Documents;

namespace Llkd.Cli.Commands;

/// <summary>How far a table of answers has come.</summary>
/// <param name="Fingerprint">Of model, input and options.</param>
/// <param name="Rows">Rows answered.</param>
/// <param name="Bytes">Bytes they take; what stands behind them was not finished.</param>
/// <param name="WithoutText">Rows without a text among them.</param>
/// <param name="FirstWithoutText">The first of those.</param>
internal sealed record PartialRecord(string Fingerprint, long Rows, long Bytes, long WithoutText, long FirstWithoutText);

/// <summary>
/// A table of answers that is being written, with a record beside it of how far it has come, so that the same command
/// goes on after an interruption, a kill or a power cut. Both stand beside the output, whose name it gets when complete.
/// </summary>
internal sealed class PartialOutput : IDisposable
{
    /// <summary>Time between two records; a record waits for the disk.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly string _target, _part, _record, _fingerprint;
    private readonly FileStream _stream;
    private long _saved;
    private bool _kept;

    private PartialOutput(string target, string fingerprint)
    {
        _target = Path.GetFullPath(target);
        _fingerprint = fingerprint;
        string folder = Path.GetDirectoryName(_target) ?? throw new InputException($"{target} is not a file name.");
        _part = Path.Combine(folder, $".{Path.GetFileName(_target)}.partial");
        _record = _part + ".json";
        try
        {
            Directory.CreateDirectory(folder);
            _stream = new FileStream(_part, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1 << 16);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{target} cannot be written: {e.Message}", e);
        }
        PartialRecord? record = Read();
        Start = record is not null && record.Fingerprint == fingerprint && record.Bytes <= _stream.Length && record.Rows > 0
            ? record : new PartialRecord(fingerprint, 0, 0, 0, 0);
        _stream.SetLength(Start.Bytes);
        _stream.Position = Start.Bytes;
    }

    /// <summary>What is there already.</summary>
    public PartialRecord Start { get; }

    /// <summary>Opens or begins a table.</summary>
    /// <param name="target">Where it goes when complete.</param>
    /// <param name="about">What the answers depend on; another begins anew.</param>
    public static PartialOutput Open(string target, IEnumerable<string> about) =>
        new(target, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', about)))));

    /// <summary>Length and time of a file, as a sign of its content.</summary>
    public static string Sign(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? FormattableString.Invariant($"{file.FullName} {file.Length} {file.LastWriteTimeUtc.Ticks}") : path;
    }

    public TableWriter Writer(TableFormat format, IReadOnlyList<TableColumn> columns) =>
        TableWriter.Create(_stream, format, columns, header: Start.Rows == 0);

    /// <summary>Records how far the table is, now and then.</summary>
    public void Report(long rows, long withoutText, long firstWithoutText, bool now = false)
    {
        if (!now && Stopwatch.GetElapsedTime(_saved) < Interval) return;
        _stream.Flush(flushToDisk: true);
        string temporary = _record + ".tmp";
        File.WriteAllText(temporary, JsonSerializer.Serialize(new PartialRecord(_fingerprint, rows, _stream.Position, withoutText, firstWithoutText), JsonSerializerOptions.Web));
        File.Move(temporary, _record, overwrite: true);
        _saved = Stopwatch.GetTimestamp();
    }

    /// <summary>Leaves what is there for the next time.</summary>
    public void Keep() => _kept = true;

    /// <summary>Puts the table under its name.</summary>
    /// <exception cref="RunFailedException">It cannot be written to its end.</exception>
    public void Complete()
    {
        try
        {
            _stream.Flush(flushToDisk: true);
            _stream.Dispose();
            File.Move(_part, _target, overwrite: true);
            File.Delete(_record);
            _kept = true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RunFailedException($"{_target} could not be written: {e.Message} What stood there before is untouched.", e);
        }
    }

    public void Dispose()
    {
        try
        {
            _stream.Dispose();
        }
        catch (IOException)
        {
            // On a full disk the stream fails once more over what it has buffered; giving up must not hide why.
        }
        if (_kept) return;
        File.Delete(_part);
        File.Delete(_record);
    }

    private PartialRecord? Read()
    {
        try
        {
            return File.Exists(_record) ? JsonSerializer.Deserialize<PartialRecord>(File.ReadAllText(_record), JsonSerializerOptions.Web) : null;
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            // Then there is nothing to go on from.
            return null;
        }
    }
}
