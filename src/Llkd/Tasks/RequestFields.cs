using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Llkd.Tasks;

/// <summary>
/// Fields of a request in JSON beyond those that the product writes itself, such as `reasoning_effort` or
/// `chat_template_kwargs`. Keys are sorted at every level, so that the order in a task file says nothing.
/// </summary>
public sealed partial class RequestFields : IEquatable<RequestFields>
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private RequestFields(string json)
    {
        Json = json;
        using JsonDocument document = JsonDocument.Parse(json);
        Fields = document.RootElement.EnumerateObject().ToDictionary(field => field.Name, field => field.Value.Clone(), StringComparer.Ordinal);
    }

    /// <summary>No fields.</summary>
    public static RequestFields None { get; } = new("{}");

    /// <summary>Names that no fields may have: those of what is asked, and of what answers and their confidence are read by.</summary>
    public static IReadOnlySet<string> Reserved { get; } = new HashSet<string>(StringComparer.Ordinal)
        { "model", "messages", "prompt", "logprobs", "top_logprobs", "echo", "n", "stream", "stream_options" };

    /// <summary>The fields as one JSON object.</summary>
    public string Json { get; }

    /// <summary>The fields by name; null takes away the field of that name which would be written otherwise.</summary>
    public IReadOnlyDictionary<string, JsonElement> Fields { get; }

    /// <summary>Reads a JSON object.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    /// <exception cref="ArgumentException">It is JSON, but no object, or names a field twice.</exception>
    public static RequestFields Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
        if (document.RootElement.ValueKind != JsonValueKind.Object) throw new ArgumentException("The fields are no JSON object.", nameof(json));
        return Written(writer => Write(writer, document.RootElement));
    }

    /// <inheritdoc/>
    public bool Equals(RequestFields? other) => other is not null && Json == other.Json;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RequestFields);

    /// <inheritdoc/>
    public override int GetHashCode() => Json.GetHashCode(StringComparison.Ordinal);

    /// <summary>From a task file: what stands in quotes is text; the rest is read as YAML 1.2's core schema does.</summary>
    internal static RequestFields Of(TaskMapping mapping, string path, TaskProblems problems) =>
        Written(writer => Write(writer, mapping, path, problems));

    private static RequestFields Written(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Options)) write(writer);
        return new RequestFields(Encoding.UTF8.GetString(stream.ToArray()));
    }

    private static void Write(Utf8JsonWriter writer, TaskNode node, string path, TaskProblems problems)
    {
        switch (node)
        {
            case TaskMapping mapping:
                writer.WriteStartObject();
                TaskEntry? last = null;
                foreach (TaskEntry entry in mapping.Entries.OrderBy(entry => entry.Key, StringComparer.Ordinal))
                {
                    if (entry.Key == last?.Key)
                    {
                        problems.AddTwice(entry, $"{path}.{entry.Key}", last.Place);
                        continue;
                    }
                    last = entry;
                    writer.WritePropertyName(entry.Key);
                    Write(writer, entry.Value, $"{path}.{entry.Key}", problems);
                }
                writer.WriteEndObject();
                break;
            case TaskList list:
                writer.WriteStartArray();
                for (int i = 0; i < list.Items.Count; i++) Write(writer, list.Items[i], $"{path}[{i}]", problems);
                writer.WriteEndArray();
                break;
            case TaskScalar { IsPlain: true } scalar when scalar.IsNull: writer.WriteNullValue(); break;
            case TaskScalar { IsPlain: true, Value: "true" or "True" or "TRUE" }: writer.WriteBooleanValue(true); break;
            case TaskScalar { IsPlain: true, Value: "false" or "False" or "FALSE" }: writer.WriteBooleanValue(false); break;
            case TaskScalar { IsPlain: true } scalar when Number().IsMatch(scalar.Value): writer.WriteRawValue(scalar.Value); break;
            case TaskScalar scalar: writer.WriteStringValue(scalar.Value); break;
        }
    }

    private static void Write(Utf8JsonWriter writer, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (JsonProperty field in element.EnumerateObject().OrderBy(field => field.Name, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(field.Name);
                    Write(writer, field.Value);
                }
                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (JsonElement item in element.EnumerateArray()) Write(writer, item);
                writer.WriteEndArray();
                break;
            default: element.WriteTo(writer); break;
        }
    }

    [GeneratedRegex(@"\A-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?\z")]
    private static partial Regex Number();
}
