using System.Text.Json;
using Llkd.Tasks;

namespace Llkd.Teachers;

/// <summary>What the fingerprints of all teachers write alike.</summary>
internal static class FingerprintJson
{
    /// <summary>Writes the labels, in their order, with descriptions where there are any.</summary>
    public static void WriteLabels(this Utf8JsonWriter json, IReadOnlyList<TaskLabel> labels)
    {
        json.WriteStartArray("labels");
        foreach (TaskLabel label in labels)
        {
            json.WriteStartObject();
            json.WriteString("name", label.Name);
            if (!string.IsNullOrWhiteSpace(label.Description)) json.WriteString("description", label.Description);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
