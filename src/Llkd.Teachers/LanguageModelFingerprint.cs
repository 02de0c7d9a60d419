using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Llkd.Labels;
using Llkd.Tasks;
using Llkd.Teachers.Prompting;

namespace Llkd.Teachers;

/// <summary>
/// Identity of a language model as a teacher: everything that can change its answers. Where the model is served, the
/// key, limits and prices are no part of it.
/// </summary>
internal static class LanguageModelFingerprint
{
    /// <summary>Raised when the reading of answers changes.</summary>
    private const int Version = 1;

    public static TeacherFingerprint Of(string identity, PromptBuilder prompts, LanguageModelOptions options, int maxTokens)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("kind", "language model");
            json.WriteNumber("version", Version);
            json.WriteString("model", identity);
            json.WriteString("format", prompts.Format.Name);
            json.WriteString("answer", prompts.Markers.Style.ToString());
            json.WriteLabels(prompts.Labels);
            json.WriteString("system", prompts.Fixed is [{ Role: PromptRole.System } system, ..] ? system.Content : "");
            json.WriteString("user", prompts.UserPart);
            json.WriteNumber("examples", prompts.ExampleCount);
            json.WriteNumber("nearest", prompts.Nearest);
            json.WriteString("examplesHash", prompts.ExamplesHash());
            json.WriteString("confidenceFrom", options.ConfidenceFrom.ToString());
            if (options.ConfidenceFrom is ConfidenceSource.Auto or ConfidenceSource.LogProbabilities) json.WriteNumber("topLogProbabilities", options.TopLogProbabilities);
            if (options.ConfidenceFrom is ConfidenceSource.Auto or ConfidenceSource.Samples)
            {
                json.WriteNumber("samples", options.Samples);
                json.WriteNumber("sampleTemperature", options.SampleTemperature);
            }
            if (options.ConfidenceFrom != ConfidenceSource.LabelScores) json.WriteNumber("maxTokens", maxTokens);
            json.WriteEndObject();
        }
        return new TeacherFingerprint(Encoding.UTF8.GetString(stream.ToArray()));
    }

    /// <summary>Hash of turns, each with its length, so that no two lists share one.</summary>
    public static string HashOf(IEnumerable<PromptMessage> turns)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (PromptMessage turn in turns)
        {
            byte[] content = Encoding.UTF8.GetBytes(turn.Content);
            hash.AppendData([(byte)turn.Role, .. BitConverter.GetBytes(content.Length)]);
            hash.AppendData(content);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
