using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Llkd.Documents;
using Llkd.Runs;

namespace Llkd.Reports;

/// <summary>Keeps a <see cref="RunRecord"/> as `run.json` (UTF-8, camelCase), from which the report can be made again.</summary>
public static class RunFile
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        PropertyNameCaseInsensitive = false,
        // A loss may be NaN after a step without selection; the file keeps what was measured.
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes the record; the file is complete or is not there.</summary>
    /// <param name="run">The record.</param>
    /// <param name="path">Where to; an older file is replaced, a missing folder is made.</param>
    /// <exception cref="RunFailedException">The file cannot be written.</exception>
    public static void Save(RunRecord run, string path)
    {
        ArgumentNullException.ThrowIfNull(run);
        AtomicFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(run, Options));
    }

    /// <summary>Reads a record that <see cref="Save"/> wrote. Fields of later versions are passed over.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The record, equal in every value.</returns>
    /// <exception cref="InputException">The file is missing, cannot be read, or is not a whole run record.</exception>
    public static RunRecord Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            var run = JsonSerializer.Deserialize<RunRecord>(File.ReadAllBytes(path), Options)
                ?? throw new InputException($"'{path}' holds no run record. Run the task again to make it anew.");
            RunRecordCheck.Lists(run, path);
            return run;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"There is no run record '{path}'. Name the folder of a finished run.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"Cannot read '{path}': {error.Message}", error);
        }
        catch (JsonException error)
        {
            string where = error.LineNumber is { } line ? $" (line {line + 1}, byte {error.BytePositionInLine + 1}, {error.Path})" : "";
            throw new InputException($"'{path}' is not a run record of this product{where}: {error.Message} Run the task again to make it anew.", error);
        }
    }
}
