using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Llkd.Documents;
using Llkd.Reports;
using Llkd.Runs;

namespace Llkd.Cli.Comparison;

/// <summary>
/// Finished cells on disk, one file each: cells/data set/method/seed-N.json. A cell counts only for the settings, texts
/// and labels it was made with, so that a rerun makes again what has changed and nothing else.
/// </summary>
internal sealed partial class CellStore(string folder)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>The finished cell; null where it is still to be made.</summary>
    /// <param name="dataSet">Name of the data set.</param>
    /// <param name="method">Key of the method.</param>
    /// <param name="seed">Seed.</param>
    /// <param name="fingerprint">What it must have been made with.</param>
    public ComparisonCell? Find(string dataSet, string method, int seed, string fingerprint)
    {
        string path = PathOf(dataSet, method, seed);
        if (!File.Exists(path)) return null;
        try
        {
            StoredCell? stored = JsonSerializer.Deserialize<StoredCell>(File.ReadAllBytes(path), Json);
            return stored?.Fingerprint == fingerprint ? stored.Cell : null;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            // Damaged from outside (a cell is written beside its place and renamed): it is made again.
            return null;
        }
    }

    /// <summary>Keeps a finished cell; once this returns, a kill does not lose it.</summary>
    /// <exception cref="RunFailedException">The file cannot be written.</exception>
    public void Save(ComparisonCell cell, string fingerprint) =>
        AtomicFile.Write(PathOf(cell.DataSet, cell.Method, cell.Seed), JsonSerializer.SerializeToUtf8Bytes(new StoredCell(fingerprint, cell), Json));

    private string PathOf(string dataSet, string method, int seed) =>
        Path.Combine(folder, FileName(dataSet), FileName(method), FormattableString.Invariant($"seed-{seed}.json"));

    /// <summary>A name as a folder on every system; where characters had to be replaced, a hash keeps different names apart.</summary>
    private static string FileName(string name)
    {
        string safe = Unsafe().Replace(name, "_");
        return safe == name ? name : $"{safe[..Math.Min(80, safe.Length)]}-{System.IO.Hashing.XxHash32.HashToUInt32(System.Text.Encoding.UTF8.GetBytes(name)):x8}";
    }

    [GeneratedRegex(@"[^\p{L}\p{N}_-]")]
    private static partial Regex Unsafe();

    private sealed record StoredCell(string Fingerprint, ComparisonCell Cell);
}
