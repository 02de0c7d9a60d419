using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Llkd.Tasks;
using Llkd.Teachers.Prompting;

namespace Llkd.Teachers.Models;

/// <summary>Writes a request. The turns that all prompts share are encoded once.</summary>
/// <param name="model">Name of the model.</param>
/// <param name="format">How prompts are sent.</param>
/// <param name="hosted">Whether the endpoint may refuse `max_tokens` in chats.</param>
/// <param name="more">Fields added, or put in place of those written here.</param>
internal sealed class RequestBody(string model, PromptFormat format, bool hosted, RequestFields more)
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>The shared turns and their JSON; replaced as one.</summary>
    private volatile Tuple<IReadOnlyList<PromptMessage>, byte[]>? _shared;

    public ReadOnlyMemory<byte> Write(Prompt prompt, ModelOptions options)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("model", model);
            if (format.IsChat)
            {
                json.WriteStartArray("messages");
                byte[] shared = Shared(prompt.Fixed);
                if (shared.Length > 0) json.WriteRawValue(shared, skipInputValidation: true);
                foreach (PromptMessage message in prompt.Own) Write(json, message);
                json.WriteEndArray();
            }
            else json.WriteString("prompt", format.Render(prompt.Messages));
            Write(json, "temperature", options.Temperature);
            Write(json, hosted && format.IsChat ? "max_completion_tokens" : "max_tokens", options.MaxTokens);
            if (options.TopLogProbabilities > 0 && format.IsChat)
            {
                json.WriteBoolean("logprobs", true);
                json.WriteNumber("top_logprobs", options.TopLogProbabilities);
            }
            else if (options.TopLogProbabilities > 0) json.WriteNumber("logprobs", options.TopLogProbabilities);
            if (format.Stop.Count > 0 && !more.Fields.ContainsKey("stop"))
            {
                json.WriteStartArray("stop");
                foreach (string stop in format.Stop) json.WriteStringValue(stop);
                json.WriteEndArray();
            }
            WriteMore(json);
            json.WriteEndObject();
        }
        return buffer.WrittenMemory;
    }

    /// <summary>A request for the log-probabilities of whole prompts, each with an answer behind it.</summary>
    public ReadOnlyMemory<byte> WriteScored(IEnumerable<string> prompts)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("model", model);
            json.WriteStartArray("prompt");
            foreach (string prompt in prompts) json.WriteStringValue(Whole(prompt));
            json.WriteEndArray();
            json.WriteBoolean("echo", true);
            json.WriteNumber("logprobs", 1);
            Write(json, "temperature", 0);
            // Not every server takes 0; what is written is left out when the reply is read.
            Write(json, "max_tokens", 1);
            WriteMore(json);
            json.WriteEndObject();
        }
        return buffer.WrittenMemory;
    }

    /// <summary>The turns as JSON values with commas between, without the array's brackets.</summary>
    private byte[] Shared(IReadOnlyList<PromptMessage> turns)
    {
        if (_shared is { } known && ReferenceEquals(known.Item1, turns)) return known.Item2;
        using var stream = new MemoryStream();
        foreach (PromptMessage turn in turns)
        {
            if (stream.Length > 0) stream.WriteByte((byte)',');
            using var json = new Utf8JsonWriter(stream, Options);
            Write(json, turn);
        }
        byte[] encoded = stream.ToArray();
        _shared = Tuple.Create(turns, encoded);
        return encoded;
    }

    /// <summary>Writes a number, unless another value was given for it.</summary>
    private void Write(Utf8JsonWriter json, string field, double value)
    {
        if (!more.Fields.ContainsKey(field)) json.WriteNumber(field, value);
    }

    private void WriteMore(Utf8JsonWriter json)
    {
        foreach ((string field, JsonElement value) in more.Fields)
        {
            if (value.ValueKind == JsonValueKind.Null) continue;
            json.WritePropertyName(field);
            value.WriteTo(json);
        }
    }

    private static void Write(Utf8JsonWriter json, PromptMessage message)
    {
        json.WriteStartObject();
        json.WriteString("role", message.Role switch { PromptRole.System => "system", PromptRole.User => "user", _ => "assistant" });
        // Half of a surrogate pair is no UTF-8; JSON writers refuse it.
        json.WriteString("content", Whole(message.Content));
        json.WriteEndObject();
    }

    private static string Whole(string text)
    {
        foreach (char c in text)
            if (char.IsSurrogate(c)) return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        return text;
    }
}
