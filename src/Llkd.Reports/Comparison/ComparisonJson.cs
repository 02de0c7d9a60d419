using System.Text.Encodings.Web;
using System.Text.Json;
using Llkd.Documents;
using Llkd.Runs;

namespace Llkd.Reports.Comparison;

/// <summary>
/// Writes `comparison.json`: an array with one row a finished cell, in the order of data sets, methods and seeds, each with
/// `dataSet`, `method`, `seed`, `accuracy`, `macroF1`, `seen`, `share`, `seconds`, and after those `failure`, `notes` and
/// `chosen` only where there is something to say. A number is null where the cell failed or has none.
/// </summary>
public static class ComparisonJson
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the file; it is complete or is not there.</summary>
    /// <param name="record">What was measured.</param>
    /// <param name="path">Where to; an older file is replaced, a missing folder is made.</param>
    /// <exception cref="RunFailedException">The file cannot be written.</exception>
    public static void Write(ComparisonRecord record, string path)
    {
        ArgumentNullException.ThrowIfNull(record);
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartArray();
            var view = new ComparisonView(record);
            foreach (var data in record.DataSets)
                foreach (var method in record.Methods)
                    foreach (var cell in view.Cells(data, method))
                        Row(json, cell);
            json.WriteEndArray();
        }
        buffer.WriteByte((byte)'\n');
        AtomicFile.Write(path, buffer.ToArray());
    }

    private static void Row(Utf8JsonWriter json, ComparisonCell cell)
    {
        bool failed = cell.Failure is not null;
        json.WriteStartObject();
        json.WriteString("dataSet", cell.DataSet);
        json.WriteString("method", cell.Method);
        json.WriteNumber("seed", cell.Seed);
        Number(json, "accuracy", failed ? null : cell.Accuracy);
        Number(json, "macroF1", failed ? null : cell.MacroF1);
        if (!failed && cell.Seen is { } seen)
            json.WriteNumber("seen", seen);
        else
            json.WriteNull("seen");
        Number(json, "share", failed ? null : cell.Share);
        Number(json, "seconds", failed ? null : cell.Seconds);
        if (cell.Failure is { } failure)
            json.WriteString("failure", failure);
        if (cell.Notes.Count > 0)
        {
            json.WriteStartArray("notes");
            foreach (string note in cell.Notes)
                json.WriteStringValue(note);
            json.WriteEndArray();
        }
        if (cell.Chosen is { } chosen)
            json.WriteString("chosen", chosen);
        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }
}
